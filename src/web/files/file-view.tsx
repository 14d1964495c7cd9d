// One file: what it holds, as far as a browser can show it, and what can be done with it.

import { Button, Drawer, Menu, ActionIcon } from "@mantine/core";
import { IconDots, IconDownload, IconFolderSymlink, IconHistory, IconPencil, IconTrash } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import type { DriveStub, FileEntry } from "#interfaces/generated/drive.ts";
import { FailureNotice } from "../app/failure-notice.tsx";
import { dateOfNs, formatBytes, formatExactTime, formatTime } from "../app/format.ts";
import { useNow } from "../app/use-now.ts";
import { GlowError } from "#base/errors.ts";
import { useConnection } from "../tab/tab-context.tsx";
import { readStream, useCall } from "../tab/use-stream.ts";
import { ConflictNotice } from "./conflict-notice.tsx";
import { Crumbs } from "./crumbs.tsx";
import { NotElsewhere } from "./drive-list.tsx";
import { FileActionsProvider, useFileActions } from "./file-actions.tsx";
import { FileHistory } from "./file-history.tsx";
import { parentPath } from "./file-path.ts";
import { FolderButton } from "./folder-button.tsx";
import { FilePreview } from "./file-preview.tsx";

export interface FileViewProps {
  readonly drive: DriveStub;
  readonly driveName: string;
  readonly path: string;
  /** As it was when one came here. */
  readonly first: FileEntry;
  readonly nonce: string;
}

export function FileView(props: FileViewProps) {
  const { drive, driveName, path } = props;
  return (
    <FileActionsProvider drive={drive} driveName={driveName} path={path} isFile>
      <FileItself {...props} />
    </FileActionsProvider>
  );
}

function FileItself({ drive, driveName, path, first, nonce }: FileViewProps) {
  const { entry, error } = useEntry(drive, path, first);
  const [showsHistory, setShowsHistory] = useState(false);
  const { isGuest } = useConnection();
  const { save } = useFileActions();
  const { value: info } = useCall(() => drive.info(), [drive, entry.version]);
  const isAlone = info && info.peers.length === 0;
  return (
    <div className="part">
      <header className="part-head">
        <Crumbs drive={driveName} path={path} />
        <div className="part-actions">
          {!isGuest && (
            <Button
              variant="default"
              leftSection={<IconHistory size={17} />}
              onClick={() => setShowsHistory(true)}
              className="wide-only"
            >
              History
            </Button>
          )}
          <Button
            variant="default"
            leftSection={<IconDownload size={17} />}
            onClick={() => save(entry)}
            className="wide-only"
          >
            Download
          </Button>
          <MoreMenu entry={entry} onHistory={() => setShowsHistory(true)} />
        </div>
      </header>
      <div className="part-body file-body">
        {error !== undefined && (
          <FailureNotice
            title="This file has gone from here"
            error={error}
            other={<FolderButton driveName={driveName} folder={parentPath(path)} />}
          />
        )}
        {entry.versions > 1 && <ConflictNotice drive={drive} driveName={driveName} path={path} entry={entry} />}
        <FilePreview drive={drive} driveName={driveName} path={path} entry={entry} nonce={nonce} />
      </div>
      <Facts entry={entry} isAlone={isAlone} />
      <Drawer
        opened={showsHistory}
        onClose={() => setShowsHistory(false)}
        title="History"
        position="right"
        size="md"
        padding="lg"
      >
        <FileHistory drive={drive} driveName={driveName} path={path} entry={entry} isAlone={isAlone === true} />
      </Drawer>
    </div>
  );
}

function MoreMenu({ entry, onHistory }: { readonly entry: FileEntry; readonly onHistory: () => void }) {
  const { isGuest } = useConnection();
  const { mayWrite, rename, move, remove, save } = useFileActions();
  return (
    <Menu position="bottom-end" width={190}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Actions for ${entry.name}`}>
          <IconDots size={20} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {/* Earlier versions are no part of what guests see. */}
        {!isGuest && (
          <Menu.Item leftSection={<IconHistory size={16} />} onClick={onHistory}>
            History
          </Menu.Item>
        )}
        <Menu.Item leftSection={<IconDownload size={16} />} onClick={() => save(entry)}>
          Download
        </Menu.Item>
        {mayWrite && (
          <>
            <Menu.Item leftSection={<IconPencil size={16} />} onClick={() => rename(entry)}>
              Rename
            </Menu.Item>
            <Menu.Item leftSection={<IconFolderSymlink size={16} />} onClick={() => move([entry])}>
              Move to
            </Menu.Item>
            <Menu.Divider />
            <Menu.Item className="danger" leftSection={<IconTrash size={16} />} onClick={() => remove([entry])}>
              Delete
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

/** At the foot: how large, how old, and whether it is in one place only. */
function Facts({ entry, isAlone }: { readonly entry: FileEntry; readonly isAlone: boolean | undefined }) {
  const now = useNow();
  const modified = dateOfNs(entry.modifiedNs);
  return (
    <footer className="list-foot quiet numbers file-facts">
      {entry.kind === "file" && <span>{formatBytes(entry.sizeBytes)}</span>}
      {modified !== undefined && <span title={formatExactTime(modified)}>Changed {formatTime(modified, now)}</span>}
      {entry.elsewhere === true && <span>On another device too</span>}
      {entry.elsewhere === false && isAlone !== undefined && <NotElsewhere isAlone={isAlone} />}
    </footer>
  );
}

/** What lies at the path, as it changes. */
function useEntry(drive: DriveStub, path: string, first: FileEntry): { entry: FileEntry; error?: GlowError } {
  const [state, setState] = useState<{ entry: FileEntry; error?: GlowError }>({ entry: first });
  useEffect(() => {
    let isOver = false;
    const look = async (): Promise<void> => {
      try {
        const entry = await drive.stat(path);
        if (!isOver) setState({ entry });
      } catch (error) {
        const failure = GlowError.from(error, "file.stat");
        if (!isOver && failure.kind === "not-found") setState((before) => ({ ...before, error: failure }));
      }
    };
    const stop = readStream(
      () => drive.watch(parentPath(path)),
      () => void look(),
      () => undefined,
    );
    return () => {
      isOver = true;
      stop();
    };
  }, [drive, path]);
  return state;
}
