// A URL of a file's content, for what a browser fetches by itself: pictures, films, downloads.

import type { ContentUrl, PagesStub } from "#interfaces/generated/pages.ts";
import { useConnection } from "../tab/tab-context.tsx";
import { type Asked, useCall } from "../tab/use-stream.ts";

export interface ContentOf {
  readonly drive: string;
  readonly path: string;
  /** Without it, what shows now. */
  readonly version?: string | undefined;
  readonly object?: string | undefined;
}

export function useContentUrl({ drive, path, version, object }: ContentOf): Asked<ContentUrl> {
  const { pages } = useConnection();
  return useCall(() => pages?.content(drive, path, { version, object }), [pages, drive, path, version, object]);
}

/** Has the browser save a file. */
export async function download(pages: PagesStub, { drive, path, version, object }: ContentOf): Promise<void> {
  const { path: url } = await pages.content(drive, path, { version, object, download: true });
  const link = document.createElement("a");
  link.href = url;
  link.download = "";
  link.click();
}
