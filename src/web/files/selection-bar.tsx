// Below a list: how much is in it, or what can be done with what is chosen.

import { Button } from "@mantine/core";
import { IconDownload, IconFolderSymlink, IconPencil, IconTrash, IconX } from "@tabler/icons-react";
import type { FileEntry } from "#interfaces/generated/drive.ts";
import { formatBytes, formatCount } from "../app/format.ts";
import { useFileActions } from "./file-actions.tsx";
import { mostEntries } from "./use-folder.ts";

export function SelectionBar({
  selected,
  total,
  onClear,
}: {
  readonly selected: readonly FileEntry[];
  readonly total: number;
  readonly onClear: () => void;
}) {
  const { mayWrite, rename, move, remove, save } = useFileActions();
  const [first] = selected;
  if (first === undefined) {
    return (
      <footer className="list-foot quiet numbers">
        {total >= mostEntries ? `The first ${mostEntries.toLocaleString("en")} items` : formatCount(total, "item")}
      </footer>
    );
  }
  const isOne = selected.length === 1;
  const files = selected.filter(({ kind }) => kind === "file");
  const bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return (
    <footer className="list-foot list-foot-busy" aria-label="Chosen files">
      <span className="numbers list-foot-words" role="status">
        {formatCount(selected.length, "item")} chosen{bytes > 0 ? `, ${formatBytes(bytes)}` : ""}
      </span>
      {files.length === selected.length && (
        <Action icon={IconDownload} label="Download" onClick={() => files.forEach((entry) => save(entry))} />
      )}
      {mayWrite && isOne && <Action icon={IconPencil} label="Rename" onClick={() => rename(first)} />}
      {mayWrite && <Action icon={IconFolderSymlink} label="Move" onClick={() => move(selected)} />}
      {mayWrite && (
        <Action
          icon={IconTrash}
          label="Delete"
          onClick={() => {
            remove(selected);
            onClear();
          }}
        />
      )}
      <Action icon={IconX} label="Clear" onClick={onClear} />
    </footer>
  );
}

function Action({
  icon: Icon,
  label,
  onClick,
}: {
  readonly icon: typeof IconX;
  readonly label: string;
  readonly onClick: () => void;
}) {
  return (
    <Button
      className="list-foot-action"
      size="compact-sm"
      variant="subtle"
      color="gray"
      leftSection={<Icon size={16} aria-hidden />}
      onClick={onClick}
    >
      {label}
    </Button>
  );
}
