// Lists one folder of a bound folder, with what is known of each thing in it, and says why it passes over the others.
//
// The names come from the folder itself, wherever its path leads by now. What is known of each comes by the plain path, since
// going by way of a descriptor takes twice the time and a scan does little else; that the path has led to this folder all the
// time is checked at the end.

import { closeSync, openSync, readdirSync } from "node:fs";
import { utf8Decode } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { folderLimits } from "#base/limits.ts";
import type { LocalEntry, ScanPage } from "#glow";
import { isDraftsFolder } from "../local-path.ts";
import { type FileStat, fileStat, localStat, specialKind } from "./file-stat.ts";
import { otherFileSystem } from "./inner-folders.ts";
import { errorCode, localError } from "./local-error.ts";
import { noFollow, readFlags as followingFlags } from "./local-file.ts";

const op = "folder.list";
const readFlags = followingFlags | noFollow;
/** What is put in the place of what is not UTF-8. */
const replacement = "\ufffd";

export class FolderListing {
  readonly #folder: string;
  readonly #path: string;
  readonly #place: string;
  readonly #device: bigint;
  readonly #entries: LocalEntry[] = [];
  readonly #passed: { path: string; reason: GlowError }[] = [];

  /** The folder's path in the bound one, in the system, and where it is found for certain. */
  constructor(folder: string, path: string, place: string, device: bigint) {
    this.#folder = folder;
    this.#path = path;
    this.#place = place;
    this.#device = device;
  }

  /** All of it, or what has one of these names. Throws as node:fs does, or what `LocalFolder.list` names. */
  list(names?: readonly string[]): ScanPage {
    const listed = fileStat(`${this.#place}/.`);
    for (const name of names ?? this.#names()) if (this.#folder !== "" || !isDraftsFolder(name)) this.#add(name);
    const led = fileStat(this.#path);
    if (listed !== undefined && led !== undefined && listed.ino === led.ino && listed.dev === led.dev) {
      return { entries: this.#entries, passed: this.#passed };
    }
    const message = "another folder has taken its place while it was listed; list it again";
    throw new GlowError("conflict", op, { target: this.#folder, message });
  }

  /** Those in UTF-8, in the order of code units. */
  #names(): string[] {
    const names = readdirSync(this.#place);
    if (names.length > folderLimits.entriesPerFolder) {
      const message = `there are ${names.length} things in this folder, and at most ${folderLimits.entriesPerFolder} are looked at; put some into others`;
      throw new GlowError("too-large", op, { target: this.#folder, message });
    }
    return (names.some((name) => name.includes(replacement)) ? this.#decodedNames() : names).sort();
  }

  #decodedNames(): string[] {
    const names: string[] = [];
    for (const bytes of readdirSync(this.#place, { encoding: "buffer" })) {
      try {
        names.push(utf8Decode(bytes));
      } catch {
        this.#pass(
          bytes.toString("latin1"),
          "invalid",
          `its name is not in UTF-8 (${bytes.toString("hex")}); rename it`,
        );
      }
    }
    return names;
  }

  #add(name: string): void {
    try {
      const stat = fileStat(`${this.#path}/${name}`);
      if (stat !== undefined) this.#addStat(name, stat);
    } catch (error) {
      const path = this.#pathOf(name);
      this.#passed.push({ path, reason: localError(error, op, path) });
    }
  }

  #addStat(name: string, stat: FileStat): void {
    const path = this.#pathOf(name);
    const local = localStat(stat);
    if (local.kind === "other")
      this.#pass(name, "unsupported", `it is ${specialKind(stat)}, which only this machine has`);
    else if (stat.dev !== this.#device) this.#passed.push({ path, reason: otherFileSystem(op, path) });
    else if (local.kind === "file" && !mayRead(`${this.#path}/${name}`, stat)) {
      this.#pass(name, "denied", "this user may not read it; change its owner or mode, or have it ignored");
    } else this.#entries.push({ path, stat: local });
  }

  #pass(name: string, kind: "invalid" | "unsupported" | "denied", message: string): void {
    const path = this.#pathOf(name);
    this.#passed.push({ path, reason: new GlowError(kind, op, { target: path, message }) });
  }

  #pathOf(name: string): string {
    return this.#folder === "" ? name : `${this.#folder}/${name}`;
  }
}

/** It is tried out only where the mode speaks against it: for nearly all files it does not. */
function mayRead(path: string, { mode, uid }: FileStat): boolean {
  const bits = Number(mode);
  if (process.geteuid === undefined || (bits & 0o444) === 0o444) return true;
  if (Number(uid) === process.geteuid() && (bits & 0o400) !== 0) return true;
  try {
    closeSync(openSync(path, readFlags));
    return true;
  } catch (error) {
    return !["EACCES", "EPERM"].includes(errorCode(error) ?? "");
  }
}
