// The drives, or what lies at a path of one: a folder or a file.

import { Button, Loader } from "@mantine/core";
import { IconFileOff } from "@tabler/icons-react";
import { Empty } from "../app/empty.tsx";
import { FailureNotice } from "../app/failure-notice.tsx";
import { writeRoute } from "../app/route.ts";
import { useConnection } from "../tab/tab-context.tsx";
import { useCall } from "../tab/use-stream.ts";
import { Crumbs } from "./crumbs.tsx";
import { DriveList } from "./drive-list.tsx";
import { FileView } from "./file-view.tsx";
import { FolderView } from "./folder-view.tsx";
import { useDrive, useDrives } from "./use-drives.ts";
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
          {error.kind === "not-found" ? (
            <NotHere driveName={driveName} />
          ) : (
            <FailureNotice title="This cannot be shown" error={error} retry={reload} />
          )}
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

/** Nothing has gone wrong: a link may be old, or somebody moved it. */
function NotHere({ driveName }: { readonly driveName: string }) {
  const { value: drives } = useDrives();
  const isDriveThere = drives?.some(({ name }) => name === driveName) === true;
  return (
    <Empty
      icon={<IconFileOff size={32} />}
      title={isDriveThere ? "This is not here" : "There is no such drive"}
      action={
        <Button
          component="a"
          variant="default"
          href={writeRoute({ page: "files", path: "", ...(isDriveThere && { drive: driveName }) })}
        >
          {isDriveThere ? `Open ${driveName}` : "Show all drives"}
        </Button>
      }
    >
      It may have been moved, renamed or removed on another device.
    </Empty>
  );
}
