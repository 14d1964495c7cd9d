// All folders of this machine that are bound to drives: made, listed, ended, and taken up again when the node starts.

import { GlowError } from "#base/errors.ts";
import { idText } from "#base/ids.ts";
import { bindingLimits } from "#base/limits.ts";
import { randomBytes } from "#base/random.ts";
import type { Disk, Random } from "#glow";
import { Turns } from "#identity/turns.ts";
import type { BlobId, BlobSource, Drive, ObjectId } from "../contracts.ts";
import { Binding, type BindingEnd, type BindingHost } from "./binding.ts";
import { BindingFile, type BindingRecord } from "./binding-record.ts";
import { BindingRows } from "./binding-rows.ts";
import { LocalNames } from "./local-names.ts";
import { checkUnbound, markRoot, nothingToBind } from "./root-proof.ts";

export interface BindingsOptions {
  readonly host: BindingHost;
  readonly disk: Disk;
  readonly random: Random;
}

const tokenBytes = 16;

/** Yields the chunks that files of any of them back. */
export class Bindings implements BlobSource {
  readonly #options: BindingsOptions;
  readonly #file: BindingFile;
  readonly #turns = new Turns();
  readonly #writing = new Turns();
  readonly #bindings = new Map<number, Binding>();

  private constructor(options: BindingsOptions, file: BindingFile) {
    this.#options = options;
    this.#file = file;
    for (const record of file.records) this.#add(record);
  }

  /** Those that were made before go on, as soon as their drives and folders are there. */
  static async open(options: BindingsOptions): Promise<Bindings> {
    const file = await BindingFile.open(options.disk, options.host.crypto);
    const bindings = new Bindings(options, file);
    for (const binding of bindings.list()) await binding.start();
    return bindings;
  }

  list(): readonly Binding[] {
    return [...this.#bindings.values()];
  }

  find(number: number): Binding | undefined {
    return this.#bindings.get(number);
  }

  /**
   * Binds a folder of a drive to one of this machine. Both may have something in them: what only one has the other gets,
   * what is the same stays, and where one name stands for two contents both become versions. `not-found` if one of them is
   * not there, `already-exists` if the folder lies in a bound one, or a bound one in it, `exhausted` past
   * `bindingLimits.bindings`.
   */
  create(drive: Drive, folder: ObjectId, path: string): Promise<Binding> {
    return this.#turns.take(async () => {
      this.#check(path);
      const entry = await drive.entry(folder);
      if (entry?.kind !== "folder" || (await drive.path(folder)) === undefined) throw noFolder(folder);
      const record = { ...(await this.#mark(drive, path)), space: drive.space.id, folder, path, paused: false };
      await this.#write((records) => [...records, record]);
      const binding = this.#add(record);
      await binding.start();
      return binding;
    });
  }

  /** Refuses what `create` would, as far as the folder of this machine is the reason: before anything is made for it. */
  check(path: string): Promise<void> {
    return this.#turns.take(async () => {
      this.#check(path);
      const agent = await this.#options.host.openFolder(path).catch((error: unknown) => {
        // It says that a bound folder has gone: this one was never there.
        throw error instanceof GlowError && error.kind === "unavailable" ? nothingToBind(path) : error;
      });
      try {
        await checkUnbound(agent, path);
      } finally {
        await agent.close();
      }
    });
  }

  /** Ends it. Both folders stay as they are. It fails, and goes on, as `Binding.forget` says. */
  async remove(binding: Binding, how?: BindingEnd): Promise<void> {
    // Not in a turn: it may have much to copy.
    await binding.forget(how);
    await this.#turns.take(async () => {
      await this.#write((records) => records.filter(({ number }) => number !== binding.number));
      this.#bindings.delete(binding.number);
    });
    // Not before: one that went on after a crash would miss its marker.
    await binding.unmark();
  }

  async close(): Promise<void> {
    await Promise.all(this.list().map((binding) => binding.stop()));
    await this.#file.close();
  }

  async has(ids: readonly BlobId[]): Promise<boolean[]> {
    const found = ids.map(() => false);
    for (const binding of this.list()) {
      const here = await binding.has(ids);
      here.forEach((each, i) => {
        if (each) found[i] = true;
      });
    }
    return found;
  }

  async get(ids: readonly BlobId[]): Promise<(Uint8Array | undefined)[]> {
    const found: (Uint8Array | undefined)[] = ids.map(() => undefined);
    for (const binding of this.list()) {
      const missing = ids.flatMap((_, i) => (found[i] === undefined ? [i] : []));
      if (missing.length === 0) break;
      const given = await binding.get(missing.map((i) => ids[i] as BlobId));
      for (const [at, i] of missing.entries()) found[i] = given[at];
    }
    return found;
  }

  #check(path: string): void {
    if (this.#bindings.size >= bindingLimits.bindings) {
      const message = `${bindingLimits.bindings} folders are bound, the most there may be: end a binding first`;
      throw new GlowError("exhausted", "binding.create", { target: path, message });
    }
    const other = this.list().find((each) => isWithin(each.path, path) || isWithin(path, each.path));
    if (other === undefined) return;
    const message = `${other.path} is bound, and one of the two lies in the other: what is in both would be in two places`;
    throw new GlowError("already-exists", "binding.create", { target: path, message });
  }

  async #mark(drive: Drive, path: string): Promise<Pick<BindingRecord, "number" | "root">> {
    const { host, random } = this.#options;
    const number = this.#file.records.reduce((most, each) => Math.max(most, each.number), 0) + 1;
    const agent = await host.openFolder(path);
    try {
      const rows = new BindingRows(host.index, number, drive.root, new LocalNames(agent));
      await rows.clear();
      const root = await markRoot(agent, host.keys(drive), path, idText(randomBytes(random, tokenBytes)), false);
      return { number, root };
    } finally {
      await agent.close();
    }
  }

  #add(record: BindingRecord): Binding {
    const save = (changed: BindingRecord): Promise<void> =>
      this.#write((records) => records.map((each) => (each.number === changed.number ? changed : each)));
    const binding = new Binding(this.#options.host, record, save);
    this.#bindings.set(record.number, binding);
    return binding;
  }

  async #write(change: (records: readonly BindingRecord[]) => readonly BindingRecord[]): Promise<void> {
    await this.#writing.take(() => this.#file.write(change(this.#file.records)));
  }
}

function noFolder(folder: ObjectId): GlowError {
  const message = "there is no such folder in the drive, or it is in the trash";
  return new GlowError("not-found", "binding.create", { target: folder, message });
}

/** Whether a folder of this machine is another one, or lies in it; both as the platform has them. */
function isWithin(path: string, folder: string): boolean {
  const parts = (text: string) => text.split(/[/\\]/).filter((name) => name !== "");
  const [inner, outer] = [parts(path), parts(folder)];
  return outer.every((name, i) => name === inner[i]);
}
