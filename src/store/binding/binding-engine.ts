// One run of a binding: from when its folder and its drive are there until it is paused, stopped, or begun anew. Two loops
// work side by side, one for what the folder has and one for what the drive has; everything they know between two steps can
// be thrown away.

import { utf8Decode } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { bindingLimits } from "#base/limits.ts";
import { idText } from "#base/ids.ts";
import type { Subscription } from "#glow";
import type { BindingParts, BindingSignals } from "./binding-parts.ts";
import type { ChangedFolder } from "../contracts.ts";
import { DriveWriter } from "./drive-writer.ts";
import { FolderScanner } from "./folder-scanner.ts";
import { FolderWriter } from "./folder-writer.ts";
import { IgnoreRules } from "./ignore-rules.ts";
import { ignoreFileName } from "./own-names.ts";
import { proveRoot, type RootIdentity } from "./root-proof.ts";
import { retryMs, Unsettled } from "./unsettled.ts";
import { WorkLoop } from "./work-loop.ts";
import { bindingPace } from "./pace.ts";

export interface EngineOptions {
  readonly parts: BindingParts;
  readonly root: RootIdentity;
  /** Of the bound folder on this machine, for messages. */
  readonly path: string;
  /** What it does, or what keeps it from that, is something else now. */
  changed(): void;
}

export class BindingEngine {
  readonly #options: EngineOptions;
  readonly #parts: BindingParts;
  readonly #scanner: FolderScanner;
  readonly #driveWriter: DriveWriter;
  readonly #folderWriter: FolderWriter;
  readonly #folderLoop: WorkLoop;
  readonly #driveLoop: WorkLoop;
  readonly #watching: Subscription[] = [];
  #rules = new IgnoreRules();
  #rulesReading = false;
  #rulesStale = false;
  #held: GlowError | undefined;
  /** How many steps have failed in a row. */
  #failures = 0;
  #anew = false;
  /** What is ignored: not known, waited for from the drive, or known. Before that nothing else is looked at. */
  #rulesState: "unknown" | "awaited" | "known" = "unknown";
  #stopped = false;
  /** Resolves the wait for the drive's rules. */
  #rulesCame: () => void = () => undefined;

  constructor(options: EngineOptions) {
    const { parts } = options;
    this.#options = options;
    this.#parts = parts;
    const unsettled = new Unsettled();
    const signals: BindingSignals = {
      hot: (path) => {
        this.#scanner.hot(path);
        this.#folderLoop.wake();
      },
      hotAt: (path) => {
        this.#scanner.hotAt(path);
        this.#folderLoop.wake();
      },
      moved: (folder) => {
        this.#scanner.moved(folder);
        this.#folderLoop.wake();
      },
      revisit: (objects) => this.#folderWriter.revisit(objects),
      freed: () => {
        this.#scanner.freed();
        this.#folderLoop.wake();
        this.#driveLoop.wake();
      },
    };
    const prove = (): Promise<void> => this.#prove();
    const shared = { parts, prove, rules: () => this.#rules, rulesChanged: () => this.#readRules() };
    this.#driveWriter = new DriveWriter(parts, signals, unsettled);
    this.#folderWriter = new FolderWriter({
      ...shared,
      signals,
      disturb: (folder) => this.#scanner.disturb(folder),
      wake: () => this.#driveLoop.wake(),
    });
    this.#scanner = new FolderScanner({
      ...shared,
      writer: this.#driveWriter,
      unsettled,
      revisit: signals.revisit,
      path: options.path,
      isPlacing: (spotKey) => this.#folderWriter.isPlacing(spotKey),
    });
    const { clock, timers } = parts;
    const loop = (step: () => Promise<number | undefined>) =>
      new WorkLoop({ clock, timers, step, failed: (error) => this.#failed(error), changed: () => options.changed() });
    this.#folderLoop = loop(() => this.#lookAtFolder());
    this.#driveLoop = loop(() => this.#lookAtDrive());
  }

  /** What keeps it from doing anything at all, with what to do. */
  get held(): GlowError | undefined {
    return this.#held;
  }

  /** Both sides are the same, but for what is listed as a problem. */
  get idle(): boolean {
    const ready = this.#rulesState === "known" && !this.#anew && !this.#rulesReading && this.#held === undefined;
    return ready && this.#scanner.idle && this.#folderWriter.idle && this.#driveWriter.idle;
  }

  /** Whether the folder is being gone through as a whole. */
  get scanning(): boolean {
    return this.#scanner.scanning;
  }

  /** Begins; what keeps it from going on is in `held`. */
  start(): void {
    const { agent, drive, problems } = this.#parts;
    this.#watching.push(
      agent.watch(
        (folders) => this.#folderChanged(folders),
        (reason) => {
          if (reason === undefined) problems.solve("work", "watch");
          else problems.add("work", "watch", "", reason);
          this.#options.changed();
        },
      ),
      drive.watch(
        (objects, { hash }) => {
          this.#folderWriter.changed(objects);
          this.#driveWriter.commit.own.withoutOwn(idText(hash), objects, (others) =>
            this.#folderWriter.revisit(others),
          );
        },
        () => this.#folderWriter.all(),
      ),
    );
    this.#folderLoop.wake();
  }

  /** Everything in the folder is gone, and that is what is wanted: it goes from the drive as well. */
  confirmEmpty(): void {
    this.#scanner.emptyConfirmed = true;
    this.#folderLoop.wake();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#rulesCame();
    for (const each of this.#watching) each.stop();
    await Promise.all([
      this.#driveWriter.stop(),
      this.#folderWriter.stop(),
      this.#folderLoop.stop(),
      this.#driveLoop.stop(),
    ]);
  }

  #folderChanged(folders: readonly ChangedFolder[] | undefined): void {
    if (folders === undefined) this.#scanner.all();
    else for (const { path, names } of folders) this.#scanner.hot(path, names);
    this.#folderLoop.wake();
  }

  // ----------------------------------------------------------------------------------------------------- steps

  async #lookAtFolder(): Promise<number | undefined> {
    await this.#prepare();
    this.#lookAnew();
    const delayMs = await this.#scanner.step();
    // Somebody may go on working in it, who is not to be waited for.
    if (this.#held !== undefined && this.#scanner.hasSeenAll) {
      this.#held = undefined;
      this.#folderWriter.all();
    }
    this.#worked();
    return delayMs;
  }

  async #lookAtDrive(): Promise<number | undefined> {
    // Nothing is put into a folder that is perhaps another one.
    if (this.#held !== undefined || this.#rulesState === "unknown") return undefined;
    this.#lookAnew();
    const delayMs = await this.#folderWriter.step();
    this.#worked();
    return delayMs;
  }

  /** Both ends are those that were bound. */
  async #prove(): Promise<void> {
    const { agent, drive, folder } = this.#parts;
    const { root, path } = this.#options;
    await proveRoot(agent, root, path);
    if (folder === drive.root || (await drive.path(folder)) !== undefined) return;
    const message =
      "the drive's folder was removed: restore it from the trash, or end the binding; nothing is removed here";
    throw new GlowError("unavailable", "binding.root", { target: path, message });
  }

  async #prepare(): Promise<void> {
    if (this.#rulesState === "known") return;
    const { announced, begun, rows, drive } = this.#parts;
    await this.#prove();
    await announced.settle(rows, drive);
    await begun.settle(this.#parts);
    await this.#awaitRules();
    if (this.#stopped) return;
    this.#rulesState = "known";
    this.#anew = true;
    this.#driveLoop.wake();
  }

  /** What a step that failed had taken on is forgotten: only looking at everything finds it. */
  #lookAnew(): void {
    if (!this.#anew || this.#rulesState !== "known") return;
    this.#anew = false;
    this.#scanner.all();
    this.#folderWriter.all();
    this.#folderLoop.wake();
  }

  #worked(): void {
    this.#failures = 0;
    this.#parts.problems.solve("work", "step");
    this.#options.changed();
  }

  /** How long until the loop goes on. */
  #failed(error: GlowError): number {
    this.#anew = true;
    if (error.op === "binding.root" || error.op === "binding.empty" || error.kind === "unavailable") {
      this.#held = error;
      // Only this loop finds out that it is over.
      this.#folderLoop.wake(bindingPace.heldMs);
      return bindingPace.heldMs;
    }
    this.#parts.problems.add("work", "step", "", error);
    return retryMs(this.#failures++);
  }

  // ----------------------------------------------------------------------------------------------------- rules

  /** The drive's rules come before anything that they are about. Whose come late are not waited for longer. */
  async #awaitRules(): Promise<void> {
    const { agent, drive, folder, timers } = this.#parts;
    const [here] = await agent.stat([ignoreFileName]);
    const path = await drive.path(folder);
    const there =
      path === undefined ? undefined : await drive.find(path === "" ? ignoreFileName : `${path}/${ignoreFileName}`);
    if (here === undefined && there?.kind === "file") {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#rulesCame = resolve;
      this.#rulesState = "awaited";
      const timer = timers.after(bindingPace.ignoreWaitMs, resolve);
      this.#folderWriter.revisit([there.object]);
      await promise;
      timer.cancel();
    }
    await this.#loadRules();
  }

  #readRules(): void {
    this.#rulesStale = true;
    if (this.#rulesReading) return;
    this.#rulesReading = true;
    void this.#readStaleRules().finally(() => {
      this.#rulesReading = false;
      this.#options.changed();
    });
  }

  async #readStaleRules(): Promise<void> {
    while (this.#rulesStale && !this.#stopped) {
      this.#rulesStale = false;
      const before = this.#rules.text;
      try {
        await this.#loadRules();
      } catch {
        // The folder is gone just now: they are read when it is back.
        this.#rulesState = "unknown";
        this.#folderLoop.wake();
      }
      this.#rulesCame();
      if (this.#rules.text === before) continue;
      this.#scanner.all();
      this.#folderLoop.wake();
      this.#folderWriter.all();
    }
  }

  /** `unavailable` if the folder is; of all else that is wrong with them it tells. */
  async #loadRules(): Promise<void> {
    const { agent, problems } = this.#parts;
    try {
      const [stat] = await agent.stat([ignoreFileName]);
      const [bytes] = await agent.read([ignoreFileName], bindingLimits.ignoreBytes);
      if (stat?.kind === "file" && bytes === undefined) throw tooLarge();
      this.#rules = new IgnoreRules(bytes === undefined || stat?.kind !== "file" ? "" : utf8Decode(bytes));
      problems.solve("work", "rules");
    } catch (thrown) {
      const error = GlowError.from(thrown, "ignore.read", ignoreFileName);
      if (error.kind === "unavailable") throw error;
      problems.add("work", "rules", ignoreFileName, error);
    }
  }
}

function tooLarge(): GlowError {
  return new GlowError("too-large", "ignore.read", {
    target: ignoreFileName,
    message: `it has more than ${bindingLimits.ignoreBytes} bytes: shorten it; until then the rules from before hold`,
  });
}
