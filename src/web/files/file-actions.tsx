// What can be done with files of a folder: rename, move, copy, download, remove and undo that. The dialogs are here, so that a
// menu, a key and a toolbar all come to the same.

import { Button, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconTrash } from "@tabler/icons-react";
import { createContext, type ReactNode, use, useMemo, useState } from "react";
import type { DriveStub, FileEntry } from "#interfaces/generated/drive.ts";
import { tellFailure } from "../app/failure-notice.tsx";
import { formatCount } from "../app/format.ts";
import { go } from "../app/route.ts";
import { useConnection } from "../tab/tab-context.tsx";
import { childPath, parentPath } from "./file-path.ts";
import { MoveDialog } from "./move-dialog.tsx";
import { NameDialog } from "./name-dialog.tsx";
import { download } from "./use-content-url.ts";

export interface FileActions {
  readonly mayWrite: boolean;
  rename(entry: FileEntry): void;
  move(entries: readonly FileEntry[]): void;
  remove(entries: readonly FileEntry[]): void;
  save(entry: FileEntry): void;
}

const FileActionsContext = createContext<FileActions | undefined>(undefined);

export interface FileActionsProps {
  readonly drive: DriveStub;
  readonly driveName: string;
  /** A folder, or the file that shows: then one leaves it when it is gone. */
  readonly path: string;
  readonly isFile?: boolean;
  readonly children: ReactNode;
}

export function FileActionsProvider({ drive, driveName, path, isFile = false, children }: FileActionsProps) {
  const { may, pages } = useConnection();
  const [renamed, setRenamed] = useState<FileEntry>();
  const [moved, setMoved] = useState<readonly FileEntry[]>([]);
  const folder = isFile ? parentPath(path) : path;
  const follow = (to: string): void => {
    if (isFile) go({ page: "files", drive: driveName, path: to });
  };
  const mayWrite = may("write");
  const actions = useMemo<FileActions>(
    () => ({
      mayWrite,
      rename: (entry) => mayWrite && setRenamed(entry),
      move: (entries) => mayWrite && setMoved(entries),
      remove: (entries) => {
        if (!mayWrite || entries.length === 0) return;
        if (isFile) go({ page: "files", drive: driveName, path: folder });
        void removeWithUndo(drive, folder, entries);
      },
      save: (entry) => {
        if (pages === undefined) return;
        const asked = download(pages, { drive: driveName, path: childPath(folder, entry.name) });
        asked.catch((error: unknown) => tellFailure(`${entry.name} cannot be downloaded`, error));
      },
    }),
    [drive, driveName, folder, isFile, mayWrite, pages],
  );
  return (
    <FileActionsContext value={actions}>
      {children}
      <NameDialog
        title="Rename"
        label="New name"
        action="Rename"
        first={renamed?.name ?? ""}
        opened={renamed !== undefined}
        onClose={() => setRenamed(undefined)}
        onName={async (name) => {
          if (renamed === undefined) return;
          await drive.move(childPath(folder, renamed.name), childPath(folder, name));
          follow(childPath(folder, name));
        }}
      />
      <MoveDialog
        drive={drive}
        driveName={driveName}
        from={folder}
        entries={moved}
        onClose={() => setMoved([])}
        onMoved={(to) => moved[0] && follow(childPath(to, moved[0].name))}
      />
    </FileActionsContext>
  );
}

export function useFileActions(): FileActions {
  const actions = use(FileActionsContext);
  if (actions === undefined) throw new TypeError("this is shown only within a folder or file");
  return actions;
}

/** As many as one call takes. */
const mostAtOnce = 1024;
const undoMs = 12_000;

async function removeWithUndo(drive: DriveStub, folder: string, entries: readonly FileEntry[]): Promise<void> {
  const what = entries.length === 1 ? (entries[0]?.name ?? "") : formatCount(entries.length, "item");
  const removed: string[] = [];
  try {
    for (let at = 0; at < entries.length; at += mostAtOnce) {
      const paths = entries.slice(at, at + mostAtOnce).map(({ name }) => childPath(folder, name));
      removed.push(...(await drive.remove(paths)));
    }
  } catch (error) {
    tellFailure(`${what} cannot be removed`, error);
  }
  if (removed.length === 0) return;
  const id = `removed-${removed[0]}`;
  const undo = async (): Promise<void> => {
    notifications.hide(id);
    try {
      for (let at = 0; at < removed.length; at += mostAtOnce) {
        await drive.bringBack(removed.slice(at, at + mostAtOnce));
      }
    } catch (error) {
      tellFailure(`${what} cannot be brought back`, error);
    }
  };
  notifications.show({
    id,
    title: "Moved to the trash",
    color: "gray",
    icon: <IconTrash size={18} />,
    autoClose: undoMs,
    message: (
      <span className="undo">
        <Text size="sm" className="one-line">
          {what}
        </Text>
        <Button size="compact-sm" variant="light" onClick={() => void undo()}>
          Undo
        </Button>
      </span>
    ),
  });
}
