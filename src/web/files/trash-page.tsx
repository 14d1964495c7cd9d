// What was removed from a drive, and how to have it back.

import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconChevronRight, IconRestore, IconTrash } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import type { DriveStub, RemovedFile } from "#interfaces/generated/drive.ts";
import { Empty } from "../app/empty.tsx";
import { FailureNotice, tellFailure } from "../app/failure-notice.tsx";
import { formatBytes, formatTime } from "../app/format.ts";
import { writeRoute } from "../app/route.ts";
import { useNow } from "../app/use-now.ts";
import { useConnection } from "../tab/tab-context.tsx";
import { readStream, useCall } from "../tab/use-stream.ts";
import { BackLink } from "./crumbs.tsx";
import { FileIcon } from "./file-icon.tsx";
import { useDrive } from "./use-drives.ts";
import "./files.css";
import { Loading } from "../app/loading.tsx";

const pageSize = 100;

export function TrashPage({ drive: driveName }: { readonly drive: string }) {
  const drive = useDrive(driveName);
  return (
    <div className="part">
      <header className="part-head">
        <nav className="crumbs" aria-label="Path">
          <BackLink name={driveName} href={writeRoute({ page: "files", drive: driveName, path: "" })} />
          <a className="crumbs-step one-line" href={writeRoute({ page: "files", drive: driveName, path: "" })}>
            {driveName}
          </a>
          <IconChevronRight className="crumbs-mark" size={16} aria-hidden />
          <h1 className="crumbs-here one-line">Trash</h1>
        </nav>
      </header>
      <div className="part-body">{drive !== undefined && <Removed drive={drive} />}</div>
    </div>
  );
}

function Removed({ drive }: { readonly drive: DriveStub }) {
  const { may } = useConnection();
  const now = useNow();
  const [count, setCount] = useState(pageSize);
  const { value: removed, error, reload } = useCall(() => drive.removed(undefined, count), [drive, count]);
  useEffect(
    () =>
      readStream(
        () => drive.watch(""),
        reload,
        () => undefined,
      ),
    [drive, reload],
  );
  const bringBack = async (file: RemovedFile): Promise<void> => {
    try {
      const [path] = await drive.bringBack([file.object]);
      notifications.show({ message: `${file.name} is back${path === undefined ? "" : ` at ${path}`}`, color: "gray" });
      reload();
    } catch (failure) {
      tellFailure(`${file.name} cannot be brought back`, failure);
    }
  };
  if (error !== undefined && removed === undefined) {
    return <FailureNotice title="The trash cannot be read" error={error} retry={reload} />;
  }
  if (removed === undefined) return <Loading />;
  if (removed.length === 0) {
    return (
      <Empty icon={<IconTrash size={32} />} title="The trash is empty">
        What you delete lies here, and can be put back.
      </Empty>
    );
  }
  return (
    <ul className="trash">
      {removed.map((file) => (
        <li key={file.object} className="trash-row">
          <FileIcon entry={file} size={22} />
          <span className="file-words">
            <span className="one-line">{file.name}</span>
            <span className="quiet trash-note numbers one-line">
              {[
                file.kind === "file" ? formatBytes(file.sizeBytes) : "",
                formatTime(file.removed, now),
                `by ${file.removedBy}`,
              ]
                .filter(Boolean)
                .join(", ")}
              {file.folder === undefined || file.folder === "" ? "" : `, from ${file.folder}`}
            </span>
          </span>
          {may("write") && (
            <Button
              variant="default"
              size="compact-sm"
              leftSection={<IconRestore size={16} />}
              aria-label={`Put back ${file.name}`}
              onClick={() => void bringBack(file)}
            >
              Put back
            </Button>
          )}
        </li>
      ))}
      {removed.length === count && count < 1000 && (
        <li>
          <Button variant="subtle" fullWidth onClick={() => setCount(Math.min(1000, count * 2))}>
            Show more
          </Button>
        </li>
      )}
    </ul>
  );
}
