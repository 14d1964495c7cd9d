// A drive's folder and a folder of this machine, kept the same in both directions: what a face sees of it. The work is done
// by an engine, which is made when the drive and the folder are there, and made anew after each pause.

import { GlowError } from "#base/errors.ts";
import type { Clock, Crypto, Index, Subscription, Timer, Timers } from "#glow";
import { Turns } from "#identity/turns.ts";
import type { BlobId, BlobSource, Drive, FolderAgent, ObjectId, SealKeys, SpaceId } from "../contracts.ts";
import { AnnouncedRows } from "./announced-rows.ts";
import { BackingFiles } from "./backing-files.ts";
import { BegunRows } from "./begun-rows.ts";
import { BindingEngine } from "./binding-engine.ts";
import type { BindingContent, BindingParts } from "./binding-parts.ts";
import type { BindingRecord } from "./binding-record.ts";
import { BindingRows } from "./binding-rows.ts";
import { rescueAll, soleContent } from "./chunk-rescue.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { LocalNames } from "./local-names.ts";
import { type BindingProblem, Problems } from "./problems.ts";
import { Progress, type ProgressReport } from "./progress.ts";
import { markRoot, proveRoot, unmarkRoot } from "./root-proof.ts";
import { bindingPace } from "./pace.ts";
import { retryMs } from "./unsettled.ts";

/** What a binding needs of the node it runs on. */
export interface BindingHost {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly crypto: Crypto;
  readonly index: Index;
  /** `unavailable` if it is not here yet. It shows everything that is in the log. */
  openDrive(space: SpaceId): Promise<Drive>;
  /** `unavailable` if there is no such folder. */
  openFolder(path: string): Promise<FolderAgent>;
  content(drive: Drive): BindingContent;
  /** `denied` if this device has none. */
  keys(drive: Drive): SealKeys;
  /** What files of a bound folder back can be read, which may not have been so before. */
  regained(space: SpaceId): void;
  /** Files back nothing any more that they backed. */
  dropped(space: SpaceId): void;
}

/**
 * `starting`: drive or folder are not there yet; `scanning`, `working`: see `progress`; `idle`: both are the same, but for
 * `problems`; `held`: something is to be decided or done first, as `error` says; `leaving`: what only its files have is
 * copied before it ends.
 */
export type BindingState = "starting" | "scanning" | "working" | "idle" | "held" | "paused" | "leaving" | "stopped";

export interface BindingStatus {
  readonly state: BindingState;
  readonly error: GlowError | undefined;
  readonly problems: readonly BindingProblem[];
  /** Problems that the list has no room for. */
  readonly furtherProblems: number;
  readonly progress: ProgressReport;
}

export interface BindingEnd {
  /** What only its files have may go. */
  readonly abandon?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The folder, opened: once at a time. */
interface Opened {
  readonly parts: BindingParts;
  readonly source: BackingFiles;
}

export class Binding implements BlobSource {
  readonly #host: BindingHost;
  readonly #saved: (record: BindingRecord) => Promise<void>;
  readonly #turns = new Turns();
  readonly #watchers = new Set<() => void>();
  /** Of what its files back: that is known while the folder is not there, too. */
  readonly #backing: BindingRows;
  #record: BindingRecord;
  #problems = new Problems();
  #progress = new Progress();
  #engine: BindingEngine | undefined;
  #opened: Opened | undefined;
  /** It is about to be ended: what only its files have is being copied. */
  #leaving: AbortController | undefined;
  #error: GlowError | undefined;
  #failures = 0;
  #wasHeld = false;
  /** Before, it is not tried to open the folder again in order to read. */
  #nextReadMs = 0;
  #retry: Timer | undefined;
  #stopped = false;

  /** `saved` writes its record, which has changed. */
  constructor(host: BindingHost, record: BindingRecord, saved: (record: BindingRecord) => Promise<void>) {
    this.#host = host;
    this.#record = record;
    this.#saved = saved;
    this.#backing = new BindingRows(host.index, record.number, record.folder, new LocalNames({ caseSensitive: true }));
  }

  /** Tells bindings apart, for ever. */
  get number(): number {
    return this.#record.number;
  }

  get space(): SpaceId {
    return this.#record.space;
  }

  /** The drive's folder. */
  get folder(): ObjectId {
    return this.#record.folder;
  }

  /** The folder of this machine. */
  get path(): string {
    return this.#record.path;
  }

  get record(): BindingRecord {
    return this.#record;
  }

  status(): BindingStatus {
    return {
      state: this.#state(),
      error: this.#engine?.held ?? this.#error,
      problems: this.#problems.list(),
      furtherProblems: this.#problems.untold,
      progress: this.#progress.report(),
    };
  }

  /** Called when `status` may say something else; not more often than it does something. */
  watch(changed: () => void): Subscription {
    const watcher = () => changed();
    this.#watchers.add(watcher);
    return { stop: () => void this.#watchers.delete(watcher) };
  }

  /** Begins, unless it is paused. Does not fail: what keeps it from beginning is in the status, and it tries again. */
  start(): Promise<void> {
    return this.#turns.take(() => this.#begin());
  }

  /** Nothing is done until `resume`, also after a restart. What was under way is over when it resolves. */
  pause(): Promise<void> {
    return this.#turns.take(async () => {
      await this.#end();
      await this.#save({ ...this.#record, paused: true });
    });
  }

  resume(): Promise<void> {
    return this.#turns.take(async () => {
      await this.#save({ ...this.#record, paused: false });
      await this.#begin();
    });
  }

  /** Everything in the folder is gone, and is to go from the drive as well: to its trash. */
  confirmEmpty(): void {
    this.#engine?.confirmEmpty();
  }

  /**
   * Binds the folder anew, as it is now: nothing is removed on either side, and what differs becomes a version beside the
   * other. For a folder that was replaced, or that was emptied and is to be filled from the drive.
   */
  rebind(): Promise<void> {
    return this.#turns.take(async () => {
      await this.#end();
      const agent = await this.#host.openFolder(this.path);
      try {
        const drive = await this.#host.openDrive(this.space);
        const { token } = this.#record.root;
        const root = await markRoot(agent, this.#host.keys(drive), this.path, token, true);
        await this.#rowsOf(agent).clear();
        await this.#save({ ...this.#record, root });
      } finally {
        await agent.close();
      }
      await this.#begin();
    });
  }

  /** For the end of the node: it goes on with the next start. */
  stop(): Promise<void> {
    this.#stopped = true;
    this.#leaving?.abort(goesOn(this.path));
    return this.#turns.take(() => this.#end());
  }

  /**
   * Forgets what it knows of both sides, which stay as they are. What only its large files have is put into packs before,
   * unless `abandon`: then it is lost where no other device has it. If that cannot be done (`unavailable`, `exhausted`), or
   * is broken off by the signal (`cancelled`), it goes on as it was.
   */
  forget({ abandon = false, signal }: BindingEnd = {}): Promise<void> {
    return this.#turns.take(async () => {
      await this.#end();
      try {
        if (signal?.aborted === true) throw goesOn(this.path);
        if (!abandon) await this.#keepContent(signal);
      } catch (thrown) {
        await this.#begin();
        throw thrown;
      }
      this.#stopped = true;
      const backed = !(await this.#backsNothing());
      await this.#backing.clear();
      if (backed) this.#host.dropped(this.space);
      this.#changed();
    });
  }

  /** When it is forgotten for good. Where the folder is not there its marker stays, and says so if it is to be bound again. */
  async unmark(): Promise<void> {
    try {
      const keys = this.#host.keys(await this.#host.openDrive(this.space));
      const agent = await this.#host.openFolder(this.path);
      try {
        await unmarkRoot(agent, keys, this.path, this.#record.root);
      } finally {
        await agent.close();
      }
    } catch (thrown) {
      if (!(thrown instanceof GlowError)) throw thrown;
    }
  }

  // --------------------------------------------------------------------------------- chunks that files back

  /** Also while they cannot be given, since the folder is not there: then they are not lost. */
  async has(ids: readonly BlobId[]): Promise<boolean[]> {
    return (await this.#backing.backed(ids)).map((chunk) => chunk !== undefined);
  }

  async get(ids: readonly BlobId[]): Promise<readonly (Uint8Array | undefined)[]> {
    const opened = this.#opened ?? (await this.#openToRead());
    return (await opened?.source.get(ids)) ?? ids.map(() => undefined);
  }

  // ---------------------------------------------------------------------------------------------------- inside

  #state(): BindingState {
    if (this.#stopped) return "stopped";
    if (this.#leaving !== undefined) return "leaving";
    if (this.#record.paused) return "paused";
    const engine = this.#engine;
    if (engine === undefined) return this.#error === undefined ? "starting" : "held";
    if (engine.held !== undefined) return "held";
    if (engine.idle) return "idle";
    return engine.scanning ? "scanning" : "working";
  }

  async #begin(): Promise<void> {
    if (this.#stopped || this.#record.paused || this.#engine !== undefined) return;
    this.#retry?.cancel();
    try {
      const { parts } = await this.#open();
      const { root } = this.#record;
      this.#engine = new BindingEngine({ parts, root, path: this.path, changed: () => this.#engineChanged() });
      this.#error = undefined;
      this.#failures = 0;
      this.#engine.start();
    } catch (thrown) {
      this.#error = GlowError.from(thrown, "binding.start", this.path);
      this.#retry = this.#host.timers.after(retryMs(this.#failures++), () => void this.start());
    }
    this.#changed();
  }

  async #end(): Promise<void> {
    this.#retry?.cancel();
    const engine = this.#engine;
    this.#engine = undefined;
    await engine?.stop();
    await this.#close();
    this.#problems = new Problems();
    this.#progress = new Progress();
    this.#changed();
  }

  async #open(): Promise<Opened> {
    if (this.#opened !== undefined) return this.#opened;
    const drive = await this.#host.openDrive(this.space);
    const agent = await this.#host.openFolder(this.path);
    const parts = this.#partsOf(drive, agent);
    this.#opened = { parts, source: new BackingFiles(parts) };
    this.#host.regained(this.space);
    return this.#opened;
  }

  async #close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    await opened?.parts.agent.close();
  }

  /** While it is paused, for whoever asks for what its files back. */
  async #openToRead(): Promise<Opened | undefined> {
    const { clock } = this.#host;
    if (!this.#record.paused || this.#stopped || clock.monotonicMs() < this.#nextReadMs) return undefined;
    return this.#turns.take(async () => {
      try {
        return this.#record.paused && !this.#stopped ? await this.#open() : this.#opened;
      } catch {
        // The folder is not there: it is asked for again, but not at once.
        this.#nextReadMs = clock.monotonicMs() + bindingPace.heldMs;
        return undefined;
      }
    });
  }

  async #keepContent(signal: AbortSignal | undefined): Promise<void> {
    const leaving = new AbortController();
    const stop = (): void => leaving.abort(goesOn(this.path));
    signal?.addEventListener("abort", stop, { once: true });
    this.#leaving = leaving;
    this.#changed();
    try {
      if (await this.#backsNothing()) return;
      const content = this.#host.content(await this.#host.openDrive(this.space));
      // What is in packs may be there in memory only, since there was no room the time before.
      const sole = await soleContent({ rows: this.#backing, content }, leaving.signal);
      if (sole.files === 0) return await content.blobs.sync();
      const { parts } = await this.#open();
      await proveRoot(parts.agent, this.#record.root, this.path);
      await parts.announced.settle(parts.rows, parts.drive);
      await parts.begun.settle(parts);
      await rescueAll(parts, sole, { signal: leaving.signal, moved: () => this.#changed() });
    } catch (thrown) {
      throw unkept(this.path, GlowError.from(thrown, "binding.end", this.path));
    } finally {
      signal?.removeEventListener("abort", stop);
      this.#leaving = undefined;
      await this.#close();
    }
  }

  async #backsNothing(): Promise<boolean> {
    for await (const page of this.#backing.allBacked()) return page.length === 0;
    return true;
  }

  #partsOf(drive: Drive, agent: FolderAgent): BindingParts {
    const { clock, timers, crypto } = this.#host;
    const rows = this.#rowsOf(agent);
    return {
      clock,
      timers,
      crypto,
      drive,
      folder: this.folder,
      agent,
      content: this.#host.content(drive),
      keys: () => this.#host.keys(drive),
      rows,
      announced: new AnnouncedRows(this.#host.index, this.number),
      begun: new BegunRows(this.#host.index, this.number),
      names: rows.names,
      turns: new Turns(),
      problems: this.#problems,
      progress: this.#progress,
      fingerprintOf: (version) => fingerprintOf(crypto, version),
    };
  }

  #rowsOf(agent: FolderAgent): BindingRows {
    return new BindingRows(this.#host.index, this.number, this.folder, new LocalNames(agent));
  }

  async #save(record: BindingRecord): Promise<void> {
    await this.#saved(record);
    this.#record = record;
    this.#changed();
  }

  #engineChanged(): void {
    const isHeld = this.#engine?.held !== undefined;
    if (this.#wasHeld && !isHeld) this.#host.regained(this.space);
    this.#wasHeld = isHeld;
    this.#changed();
  }

  #changed(): void {
    for (const watcher of this.#watchers) watcher();
  }
}

function goesOn(path: string): GlowError {
  return new GlowError("cancelled", "binding.end", { target: path, message: "the folder stays bound" });
}

function unkept(path: string, cause: GlowError): GlowError {
  const only = "this folder has content of large files that this device has nowhere else";
  const messages: Partial<Record<string, string>> = {
    unavailable: `${only}, and it cannot be read (${cause.message}): put that right, or give up what no other device has`,
    exhausted: `${only}, and there is no room to copy it: make room, or give up what no other device has`,
  };
  const message = messages[cause.kind];
  return message === undefined ? cause : new GlowError(cause.kind, "binding.end", { target: path, message, cause });
}
