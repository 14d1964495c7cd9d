// The paths that a bound folder takes, whatever system it is on: each leads to something inside of it, and to nothing that
// the platform keeps there for itself. What only one system refuses is for that system to say, but for Windows, which
// takes a path for something else than it looks like (`a:b`, `con`, `a.`) and tells nobody.

import { utf8Encode } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { folderLimits } from "#base/limits.ts";

/** At the top of a bound folder: drafts lie there until they are whole. Neither listed, nor watched, nor let be touched. */
export const draftsFolder = ".glow-drafts";

// Microsoft, "Naming Files, Paths, and Namespaces".
const windowsCharacters = /[<>:"|?*\\\p{Cc}]/u;
const windowsEnd = /[. ]$/;
const windowsDevice =
  /^(con|prn|aux|nul|conin\$|conout\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])[ ]*(\.|$)/i;

/** The names of a path from the bound folder down; none for the folder itself, `""`. Else `invalid`. */
export function localPathNames(path: string, windowsNames: boolean, op: string): string[] {
  if (path === "") return [];
  const names = path.split("/");
  const fault = pathFault(path, names, windowsNames);
  if (fault === undefined) return names;
  throw new GlowError("invalid", op, { target: path, message: `not a path in this folder: ${fault}` });
}

/** The same for what lies below it: where it lies, and its name there. */
export function localPathBelow(path: string, windowsNames: boolean, op: string): { folder: string; name: string } {
  const names = localPathNames(path, windowsNames, op);
  const name = names.at(-1);
  if (name !== undefined) return { folder: path.slice(0, Math.max(0, path.length - name.length - 1)), name };
  throw new GlowError("invalid", op, { target: path, message: "the bound folder itself is left as it is" });
}

/**
 * Whether it is the platform's own folder, as some system may spell it: in capitals, with characters that HFS+ does not
 * see, in the short form that Windows makes of long names (the ways into `.git` of CVE-2014-9390).
 */
export function isDraftsFolder(topName: string): boolean {
  if (topName === draftsFolder) return true;
  const plain = topName
    .normalize("NFKC")
    .replace(/\p{Default_Ignorable_Code_Point}/gu, "")
    .toLowerCase();
  return plain === draftsFolder || /^glow-d~\d+$/.test(plain);
}

function pathFault(path: string, names: readonly string[], windowsNames: boolean): string | undefined {
  if (isDraftsFolder(names[0] as string)) return `${draftsFolder} is for what is still being written`;
  if (!fitsBytes(path, folderLimits.pathBytes)) return `it is longer than ${folderLimits.pathBytes} bytes`;
  for (const name of names) {
    const fault = nameFault(name) ?? (windowsNames ? windowsFault(name) : undefined);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function nameFault(name: string): string | undefined {
  if (name === "") return "it begins or ends with / or has an empty name";
  if (name === "." || name === "..") return `it has the name ${name}`;
  if (name.includes("\0")) return "it has a zero character";
  if (!name.isWellFormed()) return "it has half of a surrogate pair";
  if (!fitsBytes(name, folderLimits.nameBytes)) return `a name is longer than ${folderLimits.nameBytes} bytes`;
  return undefined;
}

function windowsFault(name: string): string | undefined {
  if (windowsCharacters.test(name))
    return `${JSON.stringify(name)} has a character that Windows takes for something else`;
  if (windowsEnd.test(name)) return `${JSON.stringify(name)} ends with what Windows leaves out`;
  if (windowsDevice.test(name)) return `${name} is a device under Windows`;
  return undefined;
}

/** In UTF-8: not encoded where the length alone tells. */
function fitsBytes(text: string, limitBytes: number): boolean {
  return text.length * 3 <= limitBytes || (text.length <= limitBytes && utf8Encode(text).length <= limitBytes);
}
