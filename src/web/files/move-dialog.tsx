// Where to move files: one walks through the folders of the drive and says "here".

import { Button, Group, Modal, Text } from "@mantine/core";
import { IconArrowUp, IconFolderFilled } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import type { DriveStub, FileEntry } from "#interfaces/generated/drive.ts";
import { failureOf } from "../app/failure-notice.tsx";
import { formatCount } from "../app/format.ts";
import { childPath, parentPath } from "./file-path.ts";
import { useFolder } from "./use-folder.ts";

interface MoveDialogProps {
  readonly drive: DriveStub;
  readonly driveName: string;
  readonly from: string;
  /** None: it is closed. */
  readonly entries: readonly FileEntry[];
  readonly onClose: () => void;
  readonly onMoved: (to: string) => void;
}

export function MoveDialog(props: MoveDialogProps) {
  const { entries, onClose } = props;
  const title = entries.length === 1 ? `Move ${entries[0]?.name ?? ""}` : `Move ${formatCount(entries.length, "item")}`;
  return (
    <Modal opened={entries.length > 0} onClose={onClose} title={title} centered>
      {entries.length > 0 && <Chooser {...props} />}
    </Modal>
  );
}

function Chooser({ drive, driveName, from, entries, onClose, onMoved }: MoveDialogProps) {
  const [to, setTo] = useState(from);
  const [fault, setFault] = useState<string>();
  const [isBusy, setIsBusy] = useState(false);
  const contents = useFolder(drive, to);
  const moving = new Set(entries.map(({ object }) => object));
  const folders = contents.entries.filter(({ kind, object }) => kind === "folder" && !moving.has(object));
  useEffect(() => setFault(undefined), [to]);
  const move = async (): Promise<void> => {
    setIsBusy(true);
    try {
      for (const { name } of entries) await drive.move(childPath(from, name), childPath(to, name));
      onMoved(to);
      onClose();
    } catch (error) {
      setFault(failureOf(error).message);
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <>
      <Text size="sm" className="quiet one-line" mb="xs">
        To: {[driveName, ...to.split("/").filter(Boolean)].join(" / ")}
      </Text>
      <div className="chooser card">
        {to !== "" && (
          <button type="button" className="chooser-row" onClick={() => setTo(parentPath(to))}>
            <IconArrowUp size={18} aria-hidden /> One up
          </button>
        )}
        {folders.map(({ object, name }) => (
          <button key={object} type="button" className="chooser-row" onClick={() => setTo(childPath(to, name))}>
            <IconFolderFilled className="file-icon-folder" size={18} aria-hidden />
            <span className="one-line">{name}</span>
          </button>
        ))}
        {contents.isWhole && folders.length === 0 && <div className="chooser-none quiet">No folders in here</div>}
      </div>
      {fault !== undefined && (
        <Text size="sm" className="bad" mt="sm" role="alert">
          {fault}
        </Text>
      )}
      <Group justify="flex-end" mt="lg" gap="sm">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button loading={isBusy} disabled={to === from} onClick={() => void move()}>
          Move here
        </Button>
      </Group>
    </>
  );
}
