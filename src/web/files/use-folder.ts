// What is in a folder, live: read page by page, and again when something in it has changed, but never twice at a time.

import { useEffect, useState } from "react";
import { GlowError } from "#base/errors.ts";
import type { DriveStub, FileEntry } from "#interfaces/generated/drive.ts";
import { readStream } from "../tab/use-stream.ts";

export interface FolderContents {
  readonly entries: readonly FileEntry[];
  /** It was read to its end, or as far as is shown. */
  readonly isWhole: boolean;
  readonly error?: GlowError;
}

const pageSize = 1024;
/** More are not shown: nobody looks through them, and a page has only so much memory. */
export const mostEntries = 50_000;
/** From the end of one reading to the next, at least. */
const pauseMs = 150;

export function useFolder(drive: DriveStub | undefined, path: string): FolderContents {
  const [contents, setContents] = useState<FolderContents>({ entries: [], isWhole: false });
  useEffect(() => {
    setContents({ entries: [], isWhole: false });
    if (drive === undefined) return undefined;
    return followFolder(drive, path, setContents);
  }, [drive, path]);
  return contents;
}

function followFolder(drive: DriveStub, path: string, show: (contents: FolderContents) => void): () => void {
  let isOver = false;
  let isReading = false;
  let isDue = true;
  let isFirst = true;
  const read = async (): Promise<void> => {
    if (isReading) return;
    isReading = true;
    while (isDue && !isOver) {
      isDue = false;
      try {
        for await (const contents of pages(drive, path)) {
          if (isOver) return;
          // Later readings show when they are complete, so that nothing jumps.
          if (isFirst || contents.isWhole) show(contents);
        }
        isFirst = false;
      } catch (error) {
        if (!isOver) show({ entries: [], isWhole: true, error: GlowError.from(error, "folder.read") });
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    isReading = false;
  };
  const stop = readStream(
    () => drive.watch(path),
    () => {
      isDue = true;
      void read();
    },
    // Told by the reading itself.
    () => undefined,
  );
  void read();
  return () => {
    isOver = true;
    stop();
  };
}

async function* pages(drive: DriveStub, path: string): AsyncGenerator<FolderContents> {
  const entries: FileEntry[] = [];
  for (;;) {
    const page = await drive.list(path, entries.at(-1)?.name, pageSize);
    entries.push(...page);
    const isWhole = page.length < pageSize || entries.length >= mostEntries;
    yield { entries: [...entries], isWhole };
    if (isWhole) return;
  }
}
