// The drives, or what lies at a path of one: a folder or a file.

import { Loader } from "@mantine/core";
import { FailureNotice } from "../app/failure-notice.tsx";
import { useConnection } from "../tab/tab-context.tsx";
import { useCall } from "../tab/use-stream.ts";
import { Crumbs } from "./crumbs.tsx";
import { DriveList } from "./drive-list.tsx";
import { FileView } from "./file-view.tsx";
import { FolderView } from "./folder-view.tsx";
import { useDrive } from "./use-drives.ts";
import "./files.css";

export function FilesPage({
  drive,
  path,
  nonce,
}: {
  readonly drive: string | undefined;
  readonly path: string;
  readonly nonce: string;
}) {
  return drive === undefined ? <DriveList /> : <AtPath key={drive} driveName={drive} path={path} nonce={nonce} />;
}

function AtPath({
  driveName,
  path,
  nonce,
}: {
  readonly driveName: string;
  readonly path: string;
  readonly nonce: string;
}) {
  const { node } = useConnection();
  const drive = useDrive(driveName);
  const {
    value: entry,
    error,
    reload,
    isWaiting,
  } = useCall(
    async () => (drive === undefined ? undefined : { drive, path, entry: await drive.stat(path) }),
    [node, drive, path],
  );
  // Until it is known what lies at a path, what lay at the last one would only confuse.
  const found = entry?.path === path ? entry : undefined;
  if (error !== undefined && !isWaiting) {
    return (
      <div className="part">
        <header className="part-head">
          <Crumbs drive={driveName} path={path} />
        </header>
        <div className="part-body">
          <FailureNotice title="This cannot be shown" error={error} retry={reload} />
        </div>
      </div>
    );
  }
  if (found === undefined) {
    return (
      <div className="part">
        <header className="part-head">
          <Crumbs drive={driveName} path={path} />
        </header>
        <div className="part-body files-wait">
          <Loader size="sm" type="dots" aria-label="Loading" />
        </div>
      </div>
    );
  }
  return found.entry.kind === "folder" ? (
    <FolderView key={path} drive={found.drive} driveName={driveName} path={path} />
  ) : (
    <FileView key={path} drive={found.drive} driveName={driveName} path={path} first={found.entry} nonce={nonce} />
  );
}
