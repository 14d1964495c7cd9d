// Uploads that were broken off when a page was left: what has come of each, to be gone on with once the file is chosen again
// (a browser forgets which it was), or to be given up.

import { ActionIcon, Button, Progress, Tooltip } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconX } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import type { PendingUpload } from "#interfaces/generated/drive.ts";
import type { NodeStub } from "#interfaces/generated/node.ts";
import { tellFailure } from "../app/failure-notice.tsx";
import { formatBytes, formatCount, formatDuration } from "../app/format.ts";
import { useNow } from "../app/use-now.ts";
import { useConnection } from "../tab/tab-context.tsx";
import { isKeyOfPage, keyOf, type UploadTask } from "./uploads.ts";
import { useUploads, useUploadTasks } from "./uploads-context.tsx";
import "./broken-uploads.css";

/** What came a shorter time ago may be on its way still, from another page; asked again after so long. */
const quietMs = 5000;
const mostShown = 20;

interface Found {
  readonly list: readonly PendingUpload[];
  readonly refresh: () => void;
}

/** Of one drive, or of all; nothing if there are none. */
export function BrokenUploads({ driveName }: { readonly driveName?: string }) {
  const uploads = useUploads();
  const { list, refresh } = useBroken(useUploadTasks(uploads));
  const { node } = useConnection();
  const discard = (upload: PendingUpload): void => {
    discardAt(node, upload).then(refresh, (failure: unknown) =>
      tellFailure(`${nameOf(upload)} is still there`, failure),
    );
  };
  const own = list.filter((upload) => driveName === undefined || upload.driveName === driveName);
  if (own.length === 0) return null;
  const title = own.length === 1 ? "1 upload was broken off" : `${formatCount(own.length, "upload")} were broken off`;
  return (
    <section className="card broken" aria-label={title}>
      <h2 className="broken-title">{title}</h2>
      <ul className="broken-list">
        {own.slice(0, mostShown).map((upload) => (
          <Broken
            key={`${upload.drive}/${upload.path} ${upload.key}`}
            upload={upload}
            onDiscard={() => discard(upload)}
            onFile={(file) => uploads.add(upload.driveName, [{ file, path: upload.path }])}
          />
        ))}
        {own.length > mostShown && <li className="quiet">and {own.length - mostShown} more</li>}
      </ul>
    </section>
  );
}

/** Those that no task of this page goes on with. */
function useBroken(tasks: readonly UploadTask[]): Found {
  const connection = useConnection();
  const node = connection.isLive && connection.may("write") ? connection.node : undefined;
  const [found, setFound] = useState<readonly PendingUpload[]>([]);
  const [round, setRound] = useState(0);
  // What is done, or given up, is in the node's list no more.
  const isBusy = tasks.some(({ state }) => state === "sending" || state === "waiting");
  const refresh = (): void => setRound((before) => before + 1);
  useEffect(() => {
    if (node === undefined) return undefined;
    let isLeft = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    void pendingAt(node).then((pending) => {
      if (isLeft) return;
      setFound(pending.filter(({ idleMs }) => idleMs >= quietMs));
      if (pending.some(({ idleMs }) => idleMs < quietMs)) timer = setTimeout(refresh, quietMs);
    });
    return () => {
      isLeft = true;
      clearTimeout(timer);
    };
  }, [node, round, isBusy, tasks.length]);
  const own = new Set(tasks.flatMap(({ drive, path }) => [`${drive}/${path}`]));
  const isForeign = ({ drive, driveName, path }: PendingUpload): boolean =>
    !own.has(`${drive}/${path}`) && !own.has(`${driveName}/${path}`);
  return { list: found.filter(isForeign), refresh };
}

/** None where they cannot be told: an upload goes on without that. */
async function pendingAt(node: NodeStub): Promise<readonly PendingUpload[]> {
  using drives = node.drives();
  return drives.uploads().catch(() => []);
}

function Broken({
  upload,
  onDiscard,
  onFile,
}: {
  readonly upload: PendingUpload;
  readonly onDiscard: () => void;
  readonly onFile: (file: File) => void;
}) {
  const { driveName, path, sizeBytes, receivedBytes, expiresAt } = upload;
  const name = nameOf(upload);
  const leftSeconds = (expiresAt.getTime() - useNow().getTime()) / 1000;
  return (
    <li className="broken-file">
      <div className="broken-line">
        <span className="broken-name one-line" title={`${driveName}/${path}`}>
          {driveName}/{path}
        </span>
        {isKeyOfPage(upload) && (
          <Button
            size="compact-xs"
            variant="light"
            aria-label={`Choose again: ${name}`}
            onClick={() => chooseAgain(upload, onFile)}
          >
            Choose again
          </Button>
        )}
        <Tooltip label="Discard what has come">
          <ActionIcon size="sm" variant="subtle" color="gray" aria-label={`Discard ${name}`} onClick={onDiscard}>
            <IconX size={16} />
          </ActionIcon>
        </Tooltip>
      </div>
      <Progress
        value={sizeBytes === 0 ? 0 : (100 * receivedBytes) / sizeBytes}
        size="sm"
        aria-label={`What has come of ${name}`}
      />
      <div className="broken-state numbers quiet">
        {formatBytes(receivedBytes)} of {formatBytes(sizeBytes)} are there, kept for {formatDuration(leftSeconds)}
        {!isKeyOfPage(upload) && ". Not from a page: go on where it was begun"}
      </div>
    </li>
  );
}

/** Another file than the one that was begun would be another upload, from its beginning. */
function chooseAgain(upload: PendingUpload, onFile: (file: File) => void): void {
  const input = document.createElement("input");
  input.type = "file";
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    if (file === undefined) return;
    if (keyOf(file) === upload.key) return onFile(file);
    notifications.show({
      color: "yellow",
      title: "This is another file",
      message: `It was begun with ${nameOf(upload)} of ${formatBytes(upload.sizeBytes)}, unchanged since. To upload this one, choose Add.`,
    });
  });
  input.click();
}

async function discardAt(node: NodeStub, { drive, path, sizeBytes, key }: PendingUpload): Promise<void> {
  using drives = node.drives();
  using opened = drives.open(drive);
  using upload = opened.upload(path, sizeBytes, key);
  await upload.discard();
}

function nameOf({ path }: PendingUpload): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
