// A space as the rest of the node has it.

import { GlowError } from "#base/errors.ts";
import { spaceLimits } from "#base/limits.ts";
import type {
  AuthorPosition,
  BatchDraft,
  BatchFork,
  BatchHeader,
  BlobId,
  BlobOffer,
  ContentKeys,
  DeviceId,
  Hash,
  HeldBatch,
  LackingBatch,
  LogPlace,
  QuarantinedBatch,
  Space,
  SpaceId,
  SpaceSettings,
  Subscription,
  Taken,
} from "#glow";
import type { Arrival } from "./arrival.ts";
import { BatchFeed } from "./batch-feed.ts";
import { decodeRecord, offersCount } from "./batch-record.ts";
import { emptyDraft } from "./batch-writer.ts";
import { Quarantine } from "./quarantine.ts";
import { SpaceCore, type SpaceOptions } from "./space-core.ts";
import { SpaceDuties } from "./space-duties.ts";
import type { SpaceMemory } from "./space-memory.ts";
import { hashKey } from "./space-rows.ts";
import { readUnlessDamaged } from "./space-work.ts";

export class SpaceEngine implements Space {
  readonly id: SpaceId;
  readonly #core: SpaceCore;
  readonly #duties: SpaceDuties;
  readonly #feed: BatchFeed;
  readonly #watchers = new Set<(batch: HeldBatch) => void>();
  /** As of the last write: a work under way changes memory before anything of it is durable. */
  #shown: Shown = {
    type: "",
    settings: undefined,
    keys: undefined,
    hosts: [],
    positions: [],
    forks: [],
    waiting: nothing,
  };
  #holders: ReadonlySet<DeviceId> | undefined;

  private constructor(options: SpaceOptions) {
    const { id, platform, device, identity, log } = options;
    this.id = id;
    this.#core = new SpaceCore(options, {
      space: this,
      came: (batch) => this.#came(batch),
      written: () => this.#written(),
      membersChanged: () => this.#changed(),
    });
    this.#duties = new SpaceDuties({
      platform,
      space: id,
      device,
      identity,
      known: () => this.#core.known,
      write: (prepare) => this.#core.write(prepare),
    });
    const damaged = (hash: Hash) => this.#lose(hash);
    this.#feed = new BatchFeed({ section: this.#core.state.section, crypto: platform.crypto, log, damaged });
  }

  /** As the index has it. What the log has beyond that is brought by `replay`; then it is to be started. */
  static async open(options: SpaceOptions): Promise<SpaceEngine> {
    const space = new SpaceEngine(options);
    await space.#core.load();
    return space;
  }

  /** What the log has of it. */
  async replay(bytes: Uint8Array, place: LogPlace): Promise<void> {
    await this.#core.take(bytes, place);
  }

  /** From now on it may write, also by itself. */
  async start(): Promise<void> {
    await this.#core.start();
    this.#duties.consider();
  }

  /** After what is under way. */
  settled(): Promise<void> {
    return this.#core.load();
  }

  create(first: Arrival): Promise<void> {
    return this.#core.create(first);
  }

  join(): Promise<void> {
    return this.#core.join();
  }

  async close(): Promise<void> {
    this.#duties.stop();
    await this.#core.close();
  }

  get type(): string {
    return this.#shown.type;
  }

  get readable(): boolean {
    return this.keys !== undefined;
  }

  get keys(): ContentKeys | undefined {
    return this.#shown.keys;
  }

  get settings(): SpaceSettings | undefined {
    return this.#shown.settings;
  }

  get holders(): ReadonlySet<DeviceId> {
    this.#holders ??= this.#findHolders();
    return this.#holders;
  }

  async write(prepare: () => Promise<BatchDraft> | BatchDraft): Promise<BatchHeader> {
    return (await this.#core.write(prepare)) as BatchHeader;
  }

  take(batch: Uint8Array): Promise<Taken> {
    return this.#core.take(batch);
  }

  positions(): readonly AuthorPosition[] {
    return this.#shown.positions;
  }

  after(positions: readonly AuthorPosition[]): AsyncIterable<HeldBatch> {
    return this.#feed.after(this.#shown.positions, positions);
  }

  batches(hashes: readonly Hash[]): AsyncIterable<HeldBatch> {
    return this.#feed.batches(hashes);
  }

  hashes(): Promise<readonly Hash[]> {
    return this.#feed.hashes();
  }

  watch(came: (batch: HeldBatch) => void): Subscription {
    const watcher = (batch: HeldBatch) => came(batch);
    this.#watchers.add(watcher);
    return { stop: () => void this.#watchers.delete(watcher) };
  }

  async missingBlobs(after: BlobId | undefined, limit: number): Promise<readonly BlobOffer[]> {
    const { wants, state } = this.#core;
    const { missing, here } = await wants.list(state.section, after, limit);
    // Not awaited: who asks next is not shown them either.
    if (here.length > 0) this.#core.change((work) => wants.forget(work.view, here)).catch(() => undefined);
    return missing;
  }

  async lacking(most: number): Promise<readonly LackingBatch[] | undefined> {
    const { wants, state } = this.#core;
    const batches = await wants.batches(state.section, most);
    if (batches === undefined) return undefined;
    const rows = await state.section.getMany(batches.map(({ hash }) => hashKey("b", hash)));
    return batches.flatMap((lack, i) => {
      if (rows[i] === undefined) return [];
      const { author, incarnation, sequence } = decodeRecord(lack.hash, rows[i]);
      return [{ ...lack, author, incarnation, sequence }];
    });
  }

  async lookFor(batches: readonly Hash[]): Promise<void> {
    for (let at = 0; at < batches.length; at += spaceLimits.groupBatches) {
      const group = batches.slice(at, at + spaceLimits.groupBatches);
      await this.#core.change(async (work) => {
        for (const record of await work.records.getMany(group)) {
          if (record?.held !== true || !offersCount(record)) continue;
          const batch = await readUnlessDamaged(work, record);
          if (batch === undefined) work.lose(record);
          else await this.#core.wants.enter(work.view, record, batch.parts.offers);
        }
      });
    }
  }

  quarantined(): Promise<readonly QuarantinedBatch[]> {
    return Quarantine.list(this.#core.state.section);
  }

  forks(): readonly BatchFork[] {
    return this.#shown.forks;
  }

  waiting(): { readonly batches: number; readonly parents: readonly Hash[] } {
    return this.#shown.waiting;
  }

  async addHost(device: DeviceId): Promise<void> {
    await this.#core.write(() => {
      const { hosts } = this.#core.state.memory.ring;
      if (hosts.has(device)) return undefined;
      if (hosts.size < spaceLimits.hosts) return { ...emptyDraft, hosts: [device] };
      const message = `a space has at most ${spaceLimits.hosts} hosts without keys`;
      throw new GlowError("exhausted", "space.host", { target: this.id, message });
    });
  }

  #came(batch: HeldBatch): void {
    for (const watcher of this.#watchers) watcher(batch);
  }

  #written(): void {
    this.#shown = shownOf(this.#core.state.memory, this.#core.hasStore);
    this.#changed();
  }

  #changed(): void {
    this.#holders = undefined;
    this.#duties.consider();
  }

  #findHolders(): ReadonlySet<DeviceId> {
    const { membership } = this.#core;
    const hosts = this.#shown.hosts.filter((device) => membership?.isRevoked(device) !== true);
    const readers = membership?.readers() ?? [];
    return new Set([...hosts, ...readers.map(({ device }) => device)]);
  }

  /** The medium has damaged it: it is asked for again. */
  #lose(hash: Hash): void {
    const lose = this.#core.change(async (work) => {
      const record = await work.records.get(hash);
      if (record !== undefined && !record.lost) work.lose(record);
    });
    lose.catch(() => undefined);
  }
}

interface Shown extends Pick<Space, "type" | "settings" | "keys"> {
  readonly hosts: readonly DeviceId[];
  readonly positions: readonly AuthorPosition[];
  readonly forks: readonly BatchFork[];
  readonly waiting: ReturnType<Space["waiting"]>;
}

const nothing = { batches: 0, parents: [] };

function shownOf({ meta, ring, chains, waiting, lost }: SpaceMemory, hasStore: boolean): Shown {
  const forKeys = hasStore && ring.content !== undefined ? meta.passed + meta.unsettled : 0;
  return {
    type: meta.genesis?.type ?? "",
    settings: meta.genesis?.settings,
    keys: ring.content,
    hosts: [...ring.hosts],
    positions: chains.positions(),
    forks: chains.forks(),
    waiting: { batches: waiting.size + forKeys, parents: [...waiting.wanted(), ...lost.values()] },
  };
}
