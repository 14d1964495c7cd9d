// Doc comments: a description, then tags, each at the start of a line. The description is kept as text for people;
// the tags are part of the language, so an unknown one is an error rather than silently nothing.

import { closest, type Source, type Span } from "./problem.ts";
import type { SyntaxDocumentation, SyntaxName } from "./syntax.ts";

/** Where a comment stands: not every tag makes sense everywhere. */
export type DocumentedPlace = "declaration" | "member";

const tagsOf: Record<DocumentedPlace, readonly string[]> = {
  declaration: ["open", "deprecated", "was", "record", "interface"],
  member: ["deprecated", "was"],
};

/** What people write out of habit, and what to do instead. */
const habits: Readonly<Record<string, string>> = {
  param: "describe parameters in the text",
  returns: "describe the result in the text",
  return: "describe the result in the text",
  throws: "describe errors in the text",
  optional: "write `name?: Type`",
  closed: "a declaration is closed unless it says @open",
  renamed: "write `@was oldName`",
};

interface Line {
  readonly text: string;
  readonly start: number;
}

/** Reads the comment at `span` (with its `/**`); reports tags that are not known at this place. */
export function parseDocumentation(
  source: Source,
  span: Span | undefined,
  place: DocumentedPlace,
): SyntaxDocumentation {
  if (span === undefined) return {};
  const lines = linesOf(source.text, span);
  const firstTag = lines.findIndex((line) => line.text.startsWith("@"));
  const description = lines.slice(0, firstTag === -1 ? lines.length : firstTag);
  const text = description
    .map((line) => line.text)
    .join("\n")
    .trim();
  const result: { -readonly [Key in keyof SyntaxDocumentation]: SyntaxDocumentation[Key] } =
    text === "" ? {} : { text };
  for (const line of description) reportHidden(source, line);
  if (firstTag === -1) return result;
  for (const tag of tagsIn(lines.slice(firstTag))) {
    if (!tagsOf[place].includes(tag.name)) {
      reportUnknown(source, tag, place);
      continue;
    }
    if (tag.name === "open") result.open = tag.span;
    else if (tag.name === "deprecated") result.deprecated = tag.text;
    else if (tag.name === "was") result.was = wasName(source, tag);
    else result.kind = tag.name as "record" | "interface";
  }
  return result;
}

interface Tag {
  readonly name: string;
  readonly span: Span;
  /** What follows it, up to the next tag. */
  text: string;
}

function tagsIn(lines: readonly Line[]): Tag[] {
  const tags: Tag[] = [];
  for (const line of lines) {
    if (line.text.startsWith("@")) {
      const name = /^@([A-Za-z]*)/.exec(line.text)?.[1] ?? "";
      const span = { start: line.start, end: line.start + name.length + 1 };
      tags.push({ name, span, text: line.text.slice(name.length + 1).trim() });
    } else {
      const last = tags.at(-1);
      if (last !== undefined && line.text !== "")
        last.text = last.text === "" ? line.text : `${last.text} ${line.text}`;
    }
  }
  return tags;
}

function wasName(source: Source, tag: Tag): SyntaxName {
  // A name of an enum member may hold spaces; quotes are allowed and not needed.
  const text = tag.text.replace(/^"(.*)"$/, "$1");
  if (text === "") source.report(tag.span, "@was without a name", "write the name it had before: `@was oldName`");
  return { text, ...tag.span };
}

/** A tag that nobody would see: it would change what the source means if it stood on a line of its own. */
function reportHidden(source: Source, { text, start }: Line): void {
  const hidden = /\s@(open|deprecated|was|record|interface)\b/.exec(text);
  if (hidden === null) return;
  const at = start + hidden.index + 1;
  const hint = "begin a line with it, or write it between backticks if it is no tag";
  source.report({ start: at, end: at + hidden[0].length - 1 }, `@${hidden[1]} in the middle of a line`, hint);
}

function reportUnknown(source: Source, tag: Tag, place: DocumentedPlace): void {
  if (source.full) return source.report(tag.span, "unknown tag", "");
  const message = tagsOf.declaration.includes(tag.name)
    ? `@${tag.name} has no meaning on a ${place}`
    : `unknown tag @${tag.name}`;
  const near = closest(tag.name, tagsOf[place]);
  const list = tagsOf[place].map((name) => `@${name}`).join(", ");
  const habit = Object.hasOwn(habits, tag.name) ? habits[tag.name] : undefined;
  source.report(
    tag.span,
    message,
    habit ?? (near === undefined ? `the tags of a ${place} are ${list}` : `did you mean @${near}?`),
  );
}

/** The lines between the comment's ends, without the stars at their start. */
function linesOf(text: string, span: Span): Line[] {
  const lines: Line[] = [];
  let at = span.start + 3;
  const end = span.end - 2;
  while (at <= end) {
    const newline = text.indexOf("\n", at);
    const lineEnd = newline === -1 || newline > end ? end : newline;
    const raw = text.slice(at, lineEnd);
    // After the star, one space belongs to the frame; more of them may be indented text.
    const frame = (lines.length === 0 ? /^[ \t]*/ : /^[ \t]*\*? ?/).exec(raw)?.[0].length ?? 0;
    lines.push({ text: raw.slice(frame).trimEnd(), start: at + frame });
    at = lineEnd + 1;
  }
  return lines;
}
