// Which version of a file is meant: ids are long, so the beginning of one will do, as will the name of the device that
// wrote it where that is plain.

import { GlowError } from "#base/errors.ts";
import type { DriveStub, Version } from "#interfaces/generated/drive.ts";
import { timeText } from "./amounts.ts";
import { pagesOf } from "./drive-access.ts";

const shownLetters = 8;

/** Of an id as much as hardly two begin with; of one in two parts, as versions have, all of the second: `dyfyarnc.12`. */
export function shortId(id: string): string {
  const at = id.indexOf(".");
  return at === -1 ? id.slice(0, shownLetters) : id.slice(0, Math.min(shownLetters, at)) + id.slice(at);
}

/** Whether it may be meant by what was typed: the beginning of an id, or of its first part with all of its second. */
export function isMeant(id: string, typed: string): boolean {
  const [first = "", second] = typed.split(".");
  if (second === undefined || second === "") return id.startsWith(typed);
  const at = id.indexOf(".");
  return id.startsWith(first) && at !== -1 && id.slice(at + 1) === second;
}

export function versionsOf(drive: DriveStub, path: string): AsyncGenerator<Version> {
  return pagesOf(
    (after, limit) => drive.history(path, after, limit),
    ({ id }) => id,
  );
}

/** `not-found`, or `invalid` if several are meant; both say which there are. */
export async function matchVersion(drive: DriveStub, path: string, text: string): Promise<Version> {
  return chooseVersion(await Array.fromAsync(versionsOf(drive, path)), path, text);
}

export function chooseVersion(versions: readonly Version[], path: string, text: string): Version {
  const named = versions.filter(({ id }) => id === text);
  const meant = named.length > 0 ? named : versions.filter(({ id, author }) => isMeant(id, text) || author === text);
  const [only, another] = meant;
  if (only !== undefined && another === undefined) return only;
  const some = (only === undefined ? versions : meant).slice(0, 8);
  const list = some.map(({ id, author, written }) => `\n  ${shortId(id)}  ${timeText(written)}  ${author}`).join("");
  const message = only === undefined ? `no version is called ${text}` : `${text} could be each of several versions`;
  throw new GlowError(only === undefined ? "not-found" : "invalid", "usage.version", {
    target: path,
    message: `${message}; there are:${list}`,
  });
}
