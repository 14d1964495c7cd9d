// A file that was changed in two places: both versions side by side, and the choice of one. The other stays in the history.

import { Alert, Button } from "@mantine/core";
import { IconGitFork } from "@tabler/icons-react";
import { useState } from "react";
import type { DriveStub, FileEntry, Version } from "#interfaces/generated/drive.ts";
import { FailureNotice, tellFailure } from "../app/failure-notice.tsx";
import { formatBytes, formatTime } from "../app/format.ts";
import { useNow } from "../app/use-now.ts";
import { useConnection } from "../tab/tab-context.tsx";
import { useCall } from "../tab/use-stream.ts";
import { VersionContent } from "./version-content.tsx";

interface ConflictNoticeProps {
  readonly drive: DriveStub;
  readonly driveName: string;
  readonly path: string;
  readonly entry: FileEntry;
}

/** Heads are the newest of their kind, but others may have been written since. */
const lookedAt = 200;

export function ConflictNotice(props: ConflictNoticeProps) {
  const { drive, path, entry } = props;
  const { isGuest } = useConnection();
  const [isOpen, setIsOpen] = useState(false);
  return (
    <Alert
      className="conflict"
      color="yellow"
      variant="light"
      icon={<IconGitFork />}
      title={`Changed in ${entry.versions} places at once`}
    >
      <p className="conflict-words">
        {isGuest
          ? "Nothing is lost: each version is kept. The latest one shows, until whoever let you in chooses."
          : "Nothing is lost: each version is kept. The latest one shows. Choose the one to go on with; the others stay in the history."}
      </p>
      {!isGuest && (
        <Button variant="default" size="compact-sm" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
          {isOpen ? "Hide the versions" : "Compare the versions"}
        </Button>
      )}
      {isOpen && <Versions key={`${path} ${entry.version}`} {...props} drive={drive} />}
    </Alert>
  );
}

function Versions({ drive, driveName, path, entry }: ConflictNoticeProps) {
  const { may } = useConnection();
  const now = useNow();
  const [isBusy, setIsBusy] = useState(false);
  const { value: versions, error, reload } = useCall(() => drive.history(path, undefined, lookedAt), [drive, path]);
  const keep = async (version: Version): Promise<void> => {
    setIsBusy(true);
    try {
      await drive.resolve(entry.object, version.id);
    } catch (failure) {
      tellFailure("The conflict goes on", failure);
    } finally {
      setIsBusy(false);
    }
  };
  if (error !== undefined) return <FailureNotice title="The versions cannot be read" error={error} retry={reload} />;
  return (
    <div className="conflict-versions">
      {versions
        ?.filter(({ head }) => head)
        .map((version) => (
          <section key={version.id} className="card conflict-version" aria-label={`Version of ${version.author}`}>
            <header className="conflict-head">
              <span className="history-words">
                <strong>{version.author}</strong>
                <span className="quiet">
                  <span>{formatTime(version.written, now)}</span>
                  <span>{formatBytes(version.sizeBytes)}</span>
                </span>
              </span>
              {may("write") && (
                <Button size="compact-sm" variant="light" loading={isBusy} onClick={() => void keep(version)}>
                  Keep this one
                </Button>
              )}
            </header>
            <VersionContent drive={drive} driveName={driveName} path={path} entry={entry} version={version} />
          </section>
        ))}
    </div>
  );
}
