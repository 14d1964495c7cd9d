// Names as this file system bears them, and as the drive has them. Most are the same. Where the system cannot bear a
// name of the drive (`CON` or `a:b` under Windows' rules), or takes two of its names for one (`A` and `a`), the object gets
// another name here only, with a mark of its id: the drive keeps its own, and nothing else waits for it.

import { comparableName, foldedName, markedFull, markedShort } from "../drive/file-name.ts";
import type { FolderAgent, ObjectId } from "../contracts.ts";

// Microsoft, "Naming Files, Paths, and Namespaces".
const reservedStem = /^(con|prn|aux|nul|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])$/i;
const reservedCharacters = /[<>:"|?*\\]/g;
const reservedEnd = /[. ]+$/;

export class LocalNames {
  readonly #caseSensitive: boolean;
  readonly #windows: boolean;

  constructor({ caseSensitive, windowsNames }: Pick<FolderAgent, "caseSensitive" | "windowsNames">) {
    this.#caseSensitive = caseSensitive;
    this.#windows = windowsNames === true;
  }

  /** Equal for two names that cannot be in one folder of this system. */
  key(name: string): string {
    return this.#caseSensitive ? name : foldedName(name);
  }

  /** Whether a file that had the one and has the other was not renamed: some systems spell a name their own way. */
  same(a: string, b: string): boolean {
    return a === b || comparableName(a) === comparableName(b);
  }

  /** Whether this is surely how the system shows what it finds by this name. */
  isOneSpelling(name: string): boolean {
    return this.#caseSensitive && name.normalize("NFC") === name.normalize("NFD");
  }

  /** What a file that was found here is called in the drive. */
  toDrive(localName: string): string {
    return this.#caseSensitive ? localName : comparableName(localName);
  }

  /** What an object of the drive is called here, if nothing else has the name. */
  toLocal(driveName: string, object: ObjectId): string {
    const borne = this.#windows ? withoutReserved(driveName) : driveName;
    return borne === driveName ? driveName : marked(borne, object);
  }

  /** The same where something else has that name. */
  alias(driveName: string, object: ObjectId): string {
    return marked(this.#windows ? withoutReserved(driveName) : driveName, object);
  }
}

/** A name with a mark of the object: for what cannot have the name itself, here or in the drive. */
export function marked(name: string, object: ObjectId): string {
  return markedShort(name, object) ?? markedFull(name, object);
}

function withoutReserved(name: string): string {
  const replaced = name.replace(reservedCharacters, "_").replace(reservedEnd, (end) => "_".repeat(end.length));
  const dot = replaced.indexOf(".");
  const stem = (dot < 0 ? replaced : replaced.slice(0, dot)).trimEnd();
  return reservedStem.test(stem) ? `_${replaced}` : replaced;
}
