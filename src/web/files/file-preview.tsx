// A file's content as the browser can show it: as itself, as text that can be edited, or not at all.

import { Button } from "@mantine/core";
import { IconDownload, IconFile, IconFileMusic, IconLink } from "@tabler/icons-react";
import { lazy, type ReactNode, Suspense, useState } from "react";
import type { DriveStub, FileEntry } from "#interfaces/generated/drive.ts";
import { Empty } from "../app/empty.tsx";
import { FailureNotice } from "../app/failure-notice.tsx";
import { formatBytes } from "../app/format.ts";
import { useFileActions } from "./file-actions.tsx";
import { fileKindOf } from "./file-kind.ts";
import { parentPath } from "./file-path.ts";
import { FolderButton } from "./folder-button.tsx";
import { mostTextBytes } from "./text-content.ts";
import { useContentUrl } from "./use-content-url.ts";
import { Loading } from "../app/loading.tsx";

const TextEditor = lazy(async () => {
  const { TextEditor: component } = await import("./text-editor.tsx");
  return { default: component };
});

export interface FilePreviewProps {
  readonly drive: DriveStub;
  readonly driveName: string;
  readonly path: string;
  readonly entry: FileEntry;
  readonly nonce: string;
}

export function FilePreview(props: FilePreviewProps): ReactNode {
  const { entry } = props;
  const kind = fileKindOf(entry);
  if (entry.kind === "link") {
    return (
      <Empty icon={<IconLink size={32} />} title="A link">
        It leads to <code>{entry.target}</code>.
      </Empty>
    );
  }
  // A small file of no known kind may be a text: the reader finds out.
  const isText = kind === "text" || kind === "code" || (kind === "other" && entry.sizeBytes <= 65_536);
  if (isText && entry.sizeBytes <= mostTextBytes) {
    return (
      <Suspense fallback={<Waiting />}>
        <TextEditor {...props} otherwise={<NoPreview entry={entry} />} />
      </Suspense>
    );
  }
  if (kind === "image" || kind === "video" || kind === "audio" || kind === "pdf") {
    return <Shown {...props} kind={kind} />;
  }
  return <NoPreview entry={entry} />;
}

function Shown({
  driveName,
  path,
  entry,
  kind,
}: FilePreviewProps & { readonly kind: "image" | "video" | "audio" | "pdf" }) {
  const [isBroken, setIsBroken] = useState(false);
  const { value: content, error, reload } = useContentUrl({ drive: driveName, path, version: entry.version });
  if (error !== undefined) {
    const other = <FolderButton driveName={driveName} folder={parentPath(path)} />;
    return <FailureNotice title="This cannot be shown" error={error} retry={reload} other={other} />;
  }
  if (content === undefined) return <Waiting />;
  // Said by the browser itself: it has no reader, or was told to use none. A frame would be empty, or save the file unasked.
  if (kind === "pdf" && !navigator.pdfViewerEnabled) return <NoPreview entry={entry} title={refusals.pdf} />;
  if (isBroken) return <NoPreview entry={entry} title={refusals[kind]} />;
  const broken = () => setIsBroken(true);
  return (
    <div className={`preview preview-${kind}`}>
      {kind === "image" && <img src={content.path} alt={entry.name} onError={broken} />}
      {kind === "video" && (
        <video src={content.path} controls preload="metadata" onError={broken} aria-label={entry.name} />
      )}
      {kind === "audio" && (
        <>
          <IconFileMusic size={88} stroke={1} aria-hidden />
          <audio src={content.path} controls preload="metadata" onError={broken} aria-label={entry.name} />
        </>
      )}
      {kind === "pdf" && (
        // oxlint-disable-next-line react/iframe-missing-sandbox -- a browser's reader of PDF does not run in one
        <iframe src={content.path} title={entry.name} />
      )}
    </div>
  );
}

const refusals = {
  image: "This browser cannot show this picture",
  video: "This browser cannot play this film",
  audio: "This browser cannot play this recording",
  pdf: "This browser shows no PDF by itself",
} as const;

function NoPreview({
  entry,
  title = "No preview of this kind of file",
}: {
  readonly entry: FileEntry;
  readonly title?: string;
}) {
  const { save } = useFileActions();
  return (
    <Empty
      icon={<IconFile size={32} />}
      title={title}
      action={
        <Button leftSection={<IconDownload size={17} />} onClick={() => save(entry)}>
          Download, {formatBytes(entry.sizeBytes)}
        </Button>
      }
    >
      Download it to open it with another program.
    </Empty>
  );
}

function Waiting() {
  return (
    <div className="files-wait">
      <Loading />
    </div>
  );
}
