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
import { fingerprintOf } from "./fingerprint.ts";
import { LocalNames } from "./local-names.ts";
import { type BindingProblem, Problems } from "./problems.ts";
import { Progress, type ProgressReport } from "./progress.ts";
import { markRoot } from "./root-proof.ts";
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
}

/**
 * `starting`: drive or folder are not there yet; `scanning`, `working`: see `progress`; `idle`: both are the same, but for
 * `problems`; `held`: something is to be decided or done first, as `error` says.
 */
export type BindingState = "starting" | "scanning" | "working" | "idle" | "held" | "paused" | "stopped";

export interface BindingStatus {
  readonly state: BindingState;
  readonly error: GlowError | undefined;
  readonly problems: readonly BindingProblem[];
  /** Problems that the list has no room for. */
  readonly furtherProblems: number;
  readonly progress: ProgressReport;
}

interface Run {
  readonly engine: BindingEngine;
  readonly parts: BindingParts;
}

export class Binding implements BlobSource {
  readonly #host: BindingHost;
  readonly #saved: (record: BindingRecord) => Promise<void>;
  readonly #turns = new Turns();
  readonly #watchers = new Set<() => void>();
  #record: BindingRecord;
  #problems = new Problems();
  #progress = new Progress();
  #run: Run | undefined;
  #source: BackingFiles | undefined;
  #error: GlowError | undefined;
  #failures = 0;
  #retry: Timer | undefined;
  #stopped = false;

  /** `saved` writes its record, which has changed. */
  constructor(host: BindingHost, record: BindingRecord, saved: (record: BindingRecord) => Promise<void>) {
    this.#host = host;
    this.#record = record;
    this.#saved = saved;
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
      error: this.#run?.engine.held ?? this.#error,
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
    this.#run?.engine.confirmEmpty();
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
    return this.#turns.take(() => this.#end());
  }

  /** Forgets what it knows of both sides, which stay as they are. */
  async forget(): Promise<void> {
    await this.stop();
    const names = new LocalNames({ caseSensitive: true });
    await new BindingRows(this.#host.index, this.number, this.folder, names).clear();
  }

  // --------------------------------------------------------------------------------- chunks that files back

  has(ids: readonly BlobId[]): Promise<boolean[]> {
    return this.#source?.has(ids) ?? Promise.resolve(ids.map(() => false));
  }

  get(ids: readonly BlobId[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.#source?.get(ids) ?? Promise.resolve(ids.map(() => undefined));
  }

  // ---------------------------------------------------------------------------------------------------- inside

  #state(): BindingState {
    if (this.#stopped) return "stopped";
    if (this.#record.paused) return "paused";
    if (this.#run === undefined) return this.#error === undefined ? "starting" : "held";
    const { engine } = this.#run;
    if (engine.held !== undefined) return "held";
    if (engine.idle) return "idle";
    return engine.scanning ? "scanning" : "working";
  }

  async #begin(): Promise<void> {
    if (this.#stopped || this.#record.paused || this.#run !== undefined) return;
    this.#retry?.cancel();
    let agent: FolderAgent | undefined;
    try {
      const drive = await this.#host.openDrive(this.space);
      agent = await this.#host.openFolder(this.path);
      const parts = this.#partsOf(drive, agent);
      const { root } = this.#record;
      const engine = new BindingEngine({ parts, root, path: this.path, changed: () => this.#changed() });
      this.#run = { engine, parts };
      this.#source = new BackingFiles(parts);
      this.#error = undefined;
      this.#failures = 0;
      engine.start();
    } catch (thrown) {
      await agent?.close();
      this.#error = GlowError.from(thrown, "binding.start", this.path);
      this.#retry = this.#host.timers.after(retryMs(this.#failures++), () => void this.start());
    }
    this.#changed();
  }

  async #end(): Promise<void> {
    this.#retry?.cancel();
    const run = this.#run;
    this.#run = undefined;
    this.#source = undefined;
    await run?.engine.stop();
    await run?.parts.agent.close();
    this.#problems = new Problems();
    this.#progress = new Progress();
    this.#changed();
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

  #changed(): void {
    for (const watcher of this.#watchers) watcher();
  }
}
