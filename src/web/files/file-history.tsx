// The versions of a file, newest first: who wrote each and when, what it held, and how to have it back.

import { Button } from "@mantine/core";
import { IconRestore } from "@tabler/icons-react";
import { useState } from "react";
import type { DriveStub, FileEntry, Version } from "#interfaces/generated/drive.ts";
import { FailureNotice, tellFailure } from "../app/failure-notice.tsx";
import { formatBytes, formatExactTime, formatTime } from "../app/format.ts";
import { useNow } from "../app/use-now.ts";
import { useConnection } from "../tab/tab-context.tsx";
import { useCall } from "../tab/use-stream.ts";
import { VersionContent } from "./version-content.tsx";
import { Loading } from "../app/loading.tsx";

interface FileHistoryProps {
  readonly drive: DriveStub;
  readonly driveName: string;
  readonly path: string;
  readonly entry: FileEntry;
  /** No other device has this drive: none of its versions can be elsewhere. */
  readonly isAlone: boolean;
}

const pageSize = 50;

export function FileHistory({ drive, driveName, path, entry, isAlone }: FileHistoryProps) {
  const { may } = useConnection();
  const now = useNow();
  const [open, setOpen] = useState<string>();
  const [count, setCount] = useState(pageSize);
  const {
    value: versions,
    error,
    reload,
  } = useCall(() => drive.history(path, undefined, count), [drive, path, count, entry.version]);
  const restore = async (version: Version): Promise<void> => {
    try {
      await drive.restore(path, version.id);
      setOpen(undefined);
    } catch (failure) {
      tellFailure("This version cannot be restored", failure);
    }
  };
  if (error !== undefined) return <FailureNotice title="The history cannot be read" error={error} retry={reload} />;
  if (versions === undefined) return <Loading />;
  return (
    <ol className="history">
      {versions.map((version) => (
        <li key={version.id} className="history-item">
          <button
            type="button"
            className="history-row"
            aria-expanded={open === version.id}
            onClick={() => setOpen(open === version.id ? undefined : version.id)}
          >
            <span className="history-words">
              <strong title={formatExactTime(version.written)}>{formatTime(version.written, now)}</strong>
              <span className="quiet">
                {version.author}, {formatBytes(version.sizeBytes)}
              </span>
            </span>
            <span className="history-marks">
              {version.id === entry.version && <span className="history-now">Shows now</span>}
              {version.head && version.id !== entry.version && <span className="mark warn">In conflict</span>}
              {version.elsewhere === false && !isAlone && <span className="mark warn">Only on this device</span>}
            </span>
          </button>
          {open === version.id && (
            <div className="history-open">
              <VersionContent drive={drive} driveName={driveName} path={path} entry={entry} version={version} />
              {may("write") && version.id !== entry.version && (
                <Button
                  variant="light"
                  size="compact-sm"
                  leftSection={<IconRestore size={16} />}
                  onClick={() => void restore(version)}
                >
                  Restore this version
                </Button>
              )}
            </div>
          )}
        </li>
      ))}
      {versions.length === count && count < 1000 && (
        <li>
          <Button variant="subtle" fullWidth onClick={() => setCount(Math.min(1000, count + 4 * pageSize))}>
            Show older ones
          </Button>
        </li>
      )}
    </ol>
  );
}
