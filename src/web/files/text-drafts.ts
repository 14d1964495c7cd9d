// Texts that were typed and not saved, kept while the page is open: so that a look at another part of it, or a connection that
// breaks, costs nobody a word.

import type { TextContent } from "./text-content.ts";

export interface TextDraft {
  readonly text: string;
  /** What it is an edit of. */
  readonly base: TextContent & { readonly text: string };
}

/** The one that was touched longest ago gives way. */
const mostDrafts = 32;

const drafts = new Map<string, TextDraft>();

/** `object` is that of the file in its drive. */
export function draftOf(drive: string, object: string): TextDraft | undefined {
  return drafts.get(keyOf(drive, object));
}

/** None forgets it. */
export function keepDraft(drive: string, object: string, draft: TextDraft | undefined): void {
  const key = keyOf(drive, object);
  drafts.delete(key);
  if (draft === undefined) return;
  drafts.set(key, draft);
  const [oldest] = drafts.keys();
  if (drafts.size > mostDrafts && oldest !== undefined) drafts.delete(oldest);
}

function keyOf(drive: string, object: string): string {
  return JSON.stringify([drive, object]);
}
