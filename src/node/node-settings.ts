// The settings of a node: one file that a person can read and edit while the node is stopped (docs/node.md says what each
// means), and the files that it was before.
//
//   settings.json               JSON: "revision", "savedAt", and each setting that is not as by default
//   settings-past/N.json        as it was in revision N; the last `nodeLimits.pastSettings`

import { utf8Decode, utf8Encode } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { nodeLimits } from "#base/limits.ts";
import type { Clock, Disk } from "#glow";
import type { HeldContent } from "#interfaces/generated/drive.ts";
import type { NodeSettings, PastSettings, SettingsChange } from "#interfaces/generated/settings.ts";
import { Turns } from "#identity/turns.ts";
import type { SettingsDesk } from "#services/settings/settings-service.ts";
import { Watchers } from "#services/state/watchers.ts";
import { checkedSettings, type SettingValues } from "./setting-values.ts";

export interface NodeSettingsOptions {
  /** On which the file lies: the home's. */
  readonly disk: Disk;
  readonly clock: Clock;
  /** Where the file lies, for people. */
  readonly path: string;
  readonly defaults: SettingValues;
}

const file = "settings.json";
const pastFolder = "settings-past";
const mostBytes = 256 * 1024;
/** These count as soon as they are set. */
const immediate = new Set<string>(["name", "logLevel", "driveContent", "pageHttps", "pageGuests", "pageGuestBytes"]);

interface Stored {
  readonly revision: number;
  readonly savedAt: string;
  readonly values: Partial<SettingValues>;
}

export class SettingsFile implements SettingsDesk {
  readonly #options: NodeSettingsOptions;
  readonly #turns = new Turns();
  readonly #watchers = new Watchers();
  readonly watch = this.#watchers.watch;
  #stored: Stored;
  /** As they were when the node started: in force until it starts again. */
  #inForce: SettingValues;

  private constructor(options: NodeSettingsOptions, stored: Stored) {
    this.#options = options;
    this.#stored = stored;
    this.#inForce = this.values;
  }

  /** `invalid`, saying what, if the file does not hold what it should. */
  static async open(options: NodeSettingsOptions): Promise<SettingsFile> {
    const text = await readText(options.disk, file);
    if (text === undefined) return new SettingsFile(options, { revision: 0, savedAt: "", values: {} });
    return new SettingsFile(options, parse(text, options.path));
  }

  get values(): SettingValues {
    return { ...this.#options.defaults, ...this.#stored.values };
  }

  /** Whether a setting was ever set. */
  has(name: keyof SettingValues): boolean {
    return this.#stored.values[name] !== undefined;
  }

  /** What is set by now is in force: all of it, or one. */
  apply(name?: keyof SettingValues): void {
    this.#inForce = name === undefined ? this.values : { ...this.#inForce, [name]: this.values[name] };
  }

  get(): NodeSettings {
    const { values } = this;
    // Told of with the drives themselves.
    const { pagePort, driveContent: _driveContent, ...others } = values;
    const pending = (Object.keys(this.#options.defaults) as (keyof SettingValues)[]).filter(
      (name) => !immediate.has(name) && JSON.stringify(values[name]) !== JSON.stringify(this.#inForce[name]),
    );
    return {
      ...others,
      ...(pagePort !== undefined && { pagePort }),
      path: this.#options.path,
      revision: this.#stored.revision,
      pending,
    };
  }

  set(changes: SettingsChange): Promise<void> {
    return this.#change(() => changes as Partial<SettingValues>);
  }

  /** What is kept of one drive, whatever is kept of all. */
  setDriveContent(drive: string, content: HeldContent): Promise<void> {
    return this.#change(({ driveContent }) => ({ driveContent: { ...driveContent, [drive]: content } }));
  }

  #change(make: (values: SettingValues) => Partial<SettingValues>): Promise<void> {
    return this.#turns.take(async () => {
      const changes = make(this.values);
      const changed = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
      await this.#replace(checkedSettings({ ...this.#stored.values, ...changed }, this.#options.path));
    });
  }

  /** What is kept of single drives is no setting that people see: it stays. */
  restore(revision: number, check: (changes: SettingsChange) => void): Promise<void> {
    return this.#turns.take(async () => {
      const path = `${pastFolder}/${revision}.json`;
      const text = await readText(this.#options.disk, path);
      if (text === undefined) throw notKept(revision);
      const { driveContent: _past, ...past } = parse(text, path).values;
      check(past);
      const { driveContent } = this.#stored.values;
      await this.#replace({ ...past, ...(driveContent && { driveContent }) });
    });
  }

  async history(): Promise<PastSettings[]> {
    const { disk } = this.#options;
    const past: PastSettings[] = [];
    for (const revision of (await this.#pastRevisions()).toReversed()) {
      const text = await readText(disk, `${pastFolder}/${revision}.json`);
      if (text !== undefined) past.push({ revision, at: new Date(parse(text, file).savedAt), text });
    }
    return past;
  }

  async #replace(values: Partial<SettingValues>): Promise<void> {
    if (JSON.stringify(values) === JSON.stringify(this.#stored.values)) return;
    await this.#write(values);
    this.#watchers.tell();
  }

  async #write(values: Partial<SettingValues>): Promise<void> {
    const { disk, clock } = this.#options;
    const before = await readText(disk, file);
    const { revision } = this.#stored;
    await disk.makeFolder(pastFolder);
    if (before !== undefined) await writeText(disk, `${pastFolder}/${revision}.json`, before);
    const stored = { revision: revision + 1, savedAt: new Date(clock.wallMs()).toISOString(), values };
    const { values: own, ...head } = stored;
    await writeText(disk, file, `${JSON.stringify({ ...head, ...own }, undefined, 2)}\n`);
    this.#stored = stored;
    const revisions = await this.#pastRevisions();
    for (const old of revisions.slice(0, Math.max(0, revisions.length - nodeLimits.pastSettings))) {
      await disk.remove(`${pastFolder}/${old}.json`);
    }
  }

  async #pastRevisions(): Promise<number[]> {
    const entries = await this.#options.disk.list(pastFolder).catch(() => []);
    const numbers = entries.flatMap(({ name }) => /^(\d{1,9})\.json$/.exec(name)?.[1] ?? []);
    return numbers.map(Number).sort((a, b) => a - b);
  }
}

function notKept(revision: number): GlowError {
  const message = `there is no revision ${revision} among those that are kept, the last ${nodeLimits.pastSettings}`;
  return new GlowError("not-found", "settings.restore", { target: `${revision}`, message });
}

function parse(text: string, path: string): Stored {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    const message = `the file of settings is no JSON (${(cause as Error).message}): mend it, or remove it for defaults`;
    throw new GlowError("invalid", "settings.read", { target: path, message, cause });
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new GlowError("invalid", "settings.read", {
      target: path,
      message: "the file of settings is no JSON object",
    });
  }
  const { revision, savedAt, ...values } = parsed as Record<string, unknown>;
  return {
    revision: Number.isSafeInteger(revision) ? Math.max(0, revision as number) : 0,
    savedAt: typeof savedAt === "string" ? savedAt : "",
    values: checkedSettings(values, path),
  };
}

async function readText(disk: Disk, path: string): Promise<string | undefined> {
  const opened = await disk.open(path).catch((error: unknown) => {
    if (error instanceof GlowError && error.kind === "not-found") return undefined;
    throw error;
  });
  if (opened === undefined) return undefined;
  try {
    return utf8Decode(await opened.read(0, mostBytes));
  } finally {
    await opened.close();
  }
}

async function writeText(disk: Disk, path: string, text: string): Promise<void> {
  const opened = await disk.open(`${path}.new`, "if-missing");
  try {
    await opened.truncate(0);
    await opened.write(0, utf8Encode(text));
    await opened.sync();
  } finally {
    await opened.close();
  }
  await disk.rename(`${path}.new`, path);
}
