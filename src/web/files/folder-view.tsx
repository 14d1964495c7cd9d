// A folder of a drive: what is in it, and what one can do with that.

import { ActionIcon, Button, Menu, Tooltip } from "@mantine/core";
import {
  IconArrowsSort,
  IconFilePlus,
  IconFolderOpen,
  IconFolderPlus,
  IconLayoutGrid,
  IconList,
  IconTrash,
  IconUpload,
} from "@tabler/icons-react";
import { useMemo, useState } from "react";
import type { DriveStub } from "#interfaces/generated/drive.ts";
import { Empty } from "../app/empty.tsx";
import { FailureNotice } from "../app/failure-notice.tsx";
import { go, writeRoute } from "../app/route.ts";
import { useConnection } from "../tab/tab-context.tsx";
import { BrokenUploads } from "./broken-uploads.tsx";
import { Crumbs } from "./crumbs.tsx";
import { DropArea } from "./drop-area.tsx";
import { type ChosenFile, chosenFiles } from "./dropped-files.ts";
import { FileGrid } from "./file-grid.tsx";
import { FileTable } from "./file-table.tsx";
import { childPath } from "./file-path.ts";
import { NameDialog } from "./name-dialog.tsx";
import { SelectionBar } from "./selection-bar.tsx";
import { type SortKey, type Sorting, sortedEntries } from "./sorting.ts";
import { FileActionsProvider } from "./file-actions.tsx";
import { useFolder } from "./use-folder.ts";
import { useSaved } from "./use-saved.ts";
import { useUploads } from "./uploads-context.tsx";
import { Loading } from "../app/loading.tsx";

export interface FolderPlace {
  readonly drive: DriveStub;
  readonly driveName: string;
  readonly path: string;
}

export function FolderView(place: FolderPlace) {
  return (
    <FileActionsProvider {...place}>
      <Folder {...place} />
    </FileActionsProvider>
  );
}

function Folder({ drive, driveName, path }: FolderPlace) {
  const { may, isGuest } = useConnection();
  const uploads = useUploads();
  const { entries, isWhole, error } = useFolder(drive, path);
  const [sorting, setSorting] = useSaved<Sorting>("glow-sorting", { key: "name", isDescending: false });
  const [view, setView] = useSaved<"list" | "grid">("glow-view", "list");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const sorted = useMemo(() => sortedEntries(entries, sorting), [entries, sorting]);
  const selected = sorted.filter(({ object }) => chosen.has(object));
  const mayWrite = may("write");
  const upload = (files: readonly ChosenFile[]): void =>
    uploads.add(
      driveName,
      files.map(({ file, path: below }) => ({ file, path: childPath(path, below) })),
    );
  const choose = (object: string, isOn: boolean): void => {
    const next = new Set(chosen);
    if (isOn) next.add(object);
    else next.delete(object);
    setChosen(next);
  };
  const List = view === "grid" ? FileGrid : FileTable;
  return (
    <DropArea onFiles={upload} disabled={!mayWrite}>
      <header className="part-head">
        <Crumbs drive={driveName} path={path} />
        <div className="part-actions">
          {!isGuest && <TrashLink driveName={driveName} />}
          <ViewSwitches view={view} setView={setView} sorting={sorting} setSorting={setSorting} />
          {mayWrite && <AddMenu drive={drive} driveName={driveName} path={path} onFiles={upload} />}
        </div>
      </header>
      <BrokenUploads driveName={driveName} />
      {error !== undefined && (
        <div className="part-body">
          <FailureNotice title="This folder cannot be read" error={error} />
        </div>
      )}
      {error === undefined && entries.length === 0 && !isWhole && (
        <div className="part-body files-wait">
          <Loading />
        </div>
      )}
      {error === undefined && entries.length === 0 && isWhole && (
        <div className="part-body">
          <Empty icon={<IconFolderOpen size={32} />} title="Nothing in here yet">
            {mayWrite ? "Drop files or whole folders here, or choose Add." : "You may look, but not add."}
          </Empty>
        </div>
      )}
      {entries.length > 0 && (
        <>
          <List
            entries={sorted}
            driveName={driveName}
            folder={path}
            chosen={chosen}
            sorting={sorting}
            onSort={setSorting}
            onChoose={choose}
            onChooseAll={(isOn) => setChosen(new Set(isOn ? sorted.map(({ object }) => object) : []))}
          />
          <SelectionBar selected={selected} total={entries.length} onClear={() => setChosen(new Set())} />
        </>
      )}
    </DropArea>
  );
}

const sortNames: readonly [SortKey, boolean, string][] = [
  ["name", false, "Name"],
  ["modified", true, "Newest first"],
  ["modified", false, "Oldest first"],
  ["size", true, "Largest first"],
  ["size", false, "Smallest first"],
];

function TrashLink({ driveName }: { readonly driveName: string }) {
  return (
    <Tooltip label="Trash">
      <ActionIcon
        component="a"
        href={writeRoute({ page: "trash", drive: driveName })}
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={`Trash of ${driveName}`}
      >
        <IconTrash size={20} stroke={1.6} />
      </ActionIcon>
    </Tooltip>
  );
}

function ViewSwitches({
  view,
  setView,
  sorting,
  setSorting,
}: {
  readonly view: "list" | "grid";
  readonly setView: (view: "list" | "grid") => void;
  readonly sorting: Sorting;
  readonly setSorting: (sorting: Sorting) => void;
}) {
  const other = view === "list" ? "grid" : "list";
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Sort">
            <IconArrowsSort size={20} stroke={1.6} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {sortNames.map(([key, isDescending, title]) => (
            <Menu.Item
              key={title}
              onClick={() => setSorting({ key, isDescending })}
              aria-current={sorting.key === key && sorting.isDescending === isDescending ? "true" : undefined}
              className="sort-item"
            >
              {title}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Tooltip label={`Show as ${other}`}>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={`Show as ${other}`}
          onClick={() => setView(other)}
        >
          {view === "list" ? <IconLayoutGrid size={20} stroke={1.6} /> : <IconList size={20} stroke={1.6} />}
        </ActionIcon>
      </Tooltip>
    </>
  );
}

function AddMenu({
  drive,
  driveName,
  path,
  onFiles,
}: FolderPlace & { readonly onFiles: (files: readonly ChosenFile[]) => void }) {
  const [naming, setNaming] = useState<"folder" | "text">();
  const pick = (folders: boolean): void => {
    const input = document.createElement("input");
    input.type = "file";
    input.multiple = true;
    input.webkitdirectory = folders;
    input.addEventListener("change", () => onFiles(chosenFiles(input.files)));
    input.click();
  };
  const make = async (name: string): Promise<void> => {
    const target = childPath(path, name);
    if (naming === "folder") await drive.makeFolder(target);
    else {
      await drive.write(target, [], { replaces: [] });
      go({ page: "files", drive: driveName, path: target });
    }
  };
  return (
    <>
      <Menu position="bottom-end" width={200}>
        <Menu.Target>
          <Button leftSection={<IconUpload size={17} />}>Add</Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconUpload size={16} />} onClick={() => pick(false)}>
            Upload files
          </Menu.Item>
          <Menu.Item leftSection={<IconFolderOpen size={16} />} onClick={() => pick(true)}>
            Upload a folder
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item leftSection={<IconFolderPlus size={16} />} onClick={() => setNaming("folder")}>
            New folder
          </Menu.Item>
          <Menu.Item leftSection={<IconFilePlus size={16} />} onClick={() => setNaming("text")}>
            New text file
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <NameDialog
        title={naming === "text" ? "New text file" : "New folder"}
        label="Name"
        action="Create"
        first={naming === "text" ? "Untitled.txt" : ""}
        opened={naming !== undefined}
        onClose={() => setNaming(undefined)}
        onName={make}
      />
    </>
  );
}
