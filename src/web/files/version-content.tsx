// One version of a file, to be looked at and not changed: of a text its words, of a picture itself.

import type { DriveStub, FileEntry, Version } from "#interfaces/generated/drive.ts";
import { FailureNotice } from "../app/failure-notice.tsx";
import { formatBytes } from "../app/format.ts";
import { useCall } from "../tab/use-stream.ts";
import { fileKindOf } from "./file-kind.ts";
import { mostTextBytes, readObjectText } from "./text-content.ts";
import { useContentUrl } from "./use-content-url.ts";
import { Loading } from "../app/loading.tsx";

export interface VersionContentProps {
  readonly drive: DriveStub;
  readonly driveName: string;
  readonly path: string;
  readonly entry: Pick<FileEntry, "object" | "kind" | "name">;
  readonly version: Version;
}

export function VersionContent(props: VersionContentProps) {
  const { entry, version } = props;
  if (version.target !== undefined) return <p className="quiet">A link to {version.target}</p>;
  if (fileKindOf(entry) === "image") return <Picture {...props} />;
  if (version.sizeBytes > mostTextBytes) return <NotShown version={version} />;
  return <Words {...props} />;
}

function Picture({ driveName, path, entry, version }: VersionContentProps) {
  const { value, error } = useContentUrl({ drive: driveName, path, object: entry.object, version: version.id });
  if (error !== undefined) return <FailureNotice title="This version cannot be shown" error={error} />;
  return <div className="version-picture">{value !== undefined && <img src={value.path} alt={entry.name} />}</div>;
}

function Words({ drive, entry, version }: VersionContentProps) {
  const { value, error } = useCall(
    async () => ({ text: await readObjectText(drive, entry.object, version.id) }),
    [drive, entry.object, version.id],
  );
  if (error !== undefined) return <FailureNotice title="This version cannot be read" error={error} />;
  if (value === undefined) return <Loading />;
  if (value.text === undefined) return <NotShown version={version} />;
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reached by keys
    <pre className="version-text" tabIndex={0} aria-label="Text of this version">
      {value.text === "" ? "(empty)" : value.text}
    </pre>
  );
}

function NotShown({ version }: { readonly version: Version }) {
  return <p className="quiet">{formatBytes(version.sizeBytes)} of data, which cannot be shown here.</p>;
}
