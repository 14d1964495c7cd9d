// The drives, or what lies at a path of one: a folder or a file.

import { Button } from "@mantine/core";
import { IconFileOff } from "@tabler/icons-react";
import { Empty } from "../app/empty.tsx";
import { FailureNotice } from "../app/failure-notice.tsx";
import { writeRoute } from "../app/route.ts";
import type { DriveStub } from "#interfaces/generated/drive.ts";
import { useConnection } from "../tab/tab-context.tsx";
import { useCall } from "../tab/use-stream.ts";
import { Crumbs } from "./crumbs.tsx";
import { DriveList } from "./drive-list.tsx";
import { FileView } from "./file-view.tsx";
import { FolderButton } from "./folder-button.tsx";
import { parentPath } from "./file-path.ts";
import { FolderView } from "./folder-view.tsx";
import { useDrive, useDrives } from "./use-drives.ts";
import "./files.css";
import { Loading } from "../app/loading.tsx";

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
            <NotHere drive={drive} driveName={driveName} path={path} />
          ) : (
            <FailureNotice
              title="This cannot be shown"
              error={error}
              retry={reload}
              other={<FolderButton driveName={driveName} folder={parentPath(path)} />}
            />
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
          <Loading />
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
function NotHere({
  drive,
  driveName,
  path,
}: {
  readonly drive: DriveStub | undefined;
  readonly driveName: string;
  readonly path: string;
}) {
  const { value: drives } = useDrives();
  const isDriveThere = drives?.some(({ name }) => name === driveName) === true;
  const { value: folder = "" } = useCall(
    async () => (drive === undefined ? undefined : nearestFolder(drive, path)),
    [drive, path],
  );
  return (
    <Empty
      icon={<IconFileOff size={32} />}
      title={isDriveThere ? "This is not here" : "There is no such drive"}
      action={
        isDriveThere ? (
          <FolderButton driveName={driveName} folder={folder} />
        ) : (
          <Button component="a" variant="default" href={writeRoute({ page: "files", path: "" })}>
            Show all drives
          </Button>
        )
      }
    >
      It may have been moved, renamed or removed on another device.
    </Empty>
  );
}

/** The folder that something was in, or the nearest above that is there still. */
async function nearestFolder(drive: DriveStub, path: string): Promise<string> {
  for (let folder = parentPath(path); folder !== ""; folder = parentPath(folder)) {
    const found = await drive.stat(folder).catch(() => undefined);
    if (found?.kind === "folder") return folder;
  }
  return "";
}
