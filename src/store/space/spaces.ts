// All spaces of this node. They share one log: what of that the index lacks is read once, when they are opened, and each
// space gets what is its own.

import { GlowError } from "#base/errors.ts";
import { idText } from "#base/ids.ts";
import { spaceLimits } from "#base/limits.ts";
import type { DeviceId, LogPlace, SpaceId, SpaceSettings, Subscription, UserId } from "#glow";
import { defaultChunkSizes } from "../content/chunk-sizes.ts";
import { IndexMark } from "./index-mark.ts";
import { IndexSection } from "./index-section.ts";
import { firstBatch } from "./first-batch.ts";
import type { SpaceOptions } from "./space-core.ts";
import { SpaceEngine } from "./space-engine.ts";
import { noValue, rowsWith } from "./space-rows.ts";
import { spaceListPrefix } from "./space-state.ts";

export type SpacesOptions = Omit<SpaceOptions, "id" | "mark">;

export interface NewSpace {
  readonly type: string;
  readonly user: UserId;
  readonly settings?: SpaceSettings;
  /** Devices, of the user or not, that hold it without keys from the beginning on. */
  readonly hosts?: readonly DeviceId[];
}

export class Spaces {
  readonly #options: SpacesOptions;
  readonly #mark: IndexMark;
  readonly #open = new Map<SpaceId, SpaceEngine>();
  readonly #joining = new Map<SpaceId, Promise<SpaceEngine>>();
  readonly #watchers = new Set<(space: SpaceEngine) => void>();
  #isClosed = false;

  private constructor(options: SpacesOptions, mark: IndexMark) {
    this.#options = options;
    this.#mark = mark;
  }

  /** With all spaces of this node, as the log has them. */
  static async open(options: SpacesOptions): Promise<Spaces> {
    const { index, log } = options;
    const spaces = new Spaces(options, await IndexMark.load(log, index));
    const section = new IndexSection(index, spaceListPrefix);
    for await (const rows of rowsWith(section, noValue, spaceLimits.pageRows)) {
      for (const { key } of rows) await spaces.#engine(idText(key) as SpaceId);
    }
    await spaces.#replay();
    for (const space of spaces.#open.values()) await space.start();
    return spaces;
  }

  list(): readonly SpaceEngine[] {
    return [...this.#open.values()];
  }

  /** `not-found` if this node does not hold it. */
  get(id: SpaceId): SpaceEngine {
    const space = this.#open.get(id);
    if (space !== undefined) return space;
    const message = "this node does not hold this space: join it first";
    throw new GlowError("not-found", "space.open", { target: id, message });
  }

  /** A new space of the user, durable when it resolves. `denied` if this device is none of the user's. */
  async create({ type, user, hosts = [], settings = { chunks: defaultChunkSizes } }: NewSpace): Promise<SpaceEngine> {
    this.#checkOpen();
    const membership = await this.#options.membership(user);
    const own = membership.readers().find(({ device }) => device === this.#options.device);
    if (own === undefined || own.role === "tab") {
      const message = "a space of this user is made by a device of the user";
      throw new GlowError("denied", "space.create", { target: user, message });
    }
    const first = firstBatch(this.#options, membership, { type, user, settings, hosts });
    return this.#begin(first.signed.space, (space) => space.create(first));
  }

  /** From here on this node holds the space, what of it others bring. Durable when it resolves. */
  join(id: SpaceId): Promise<SpaceEngine> {
    this.#checkOpen();
    const joining = this.#joining.get(id) ?? this.#join(id).finally(() => this.#joining.delete(id));
    this.#joining.set(id, joining);
    return joining;
  }

  /** Told of spaces that come to be held. */
  watch(added: (space: SpaceEngine) => void): Subscription {
    const watcher = (space: SpaceEngine) => added(space);
    this.#watchers.add(watcher);
    return { stop: () => void this.#watchers.delete(watcher) };
  }

  /** After what is under way. Log, index and blobs stay the caller's. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.list().map((space) => space.close()));
  }

  async #join(id: SpaceId): Promise<SpaceEngine> {
    return this.#open.get(id) ?? this.#begin(id, (space) => space.join());
  }

  /** `write` puts it into the log; from then on it is held, whatever fails. */
  async #begin(id: SpaceId, write: (space: SpaceEngine) => Promise<void>): Promise<SpaceEngine> {
    const space = await this.#engine(id);
    try {
      await write(space);
    } catch (error) {
      this.#open.delete(id);
      await space.close();
      throw error;
    }
    try {
      await space.start();
    } finally {
      for (const watcher of this.#watchers) watcher(space);
    }
    return space;
  }

  async #engine(id: SpaceId): Promise<SpaceEngine> {
    const space = await SpaceEngine.open({ ...this.#options, id, mark: this.#mark });
    this.#open.set(id, space);
    return space;
  }

  /** What the log has and the index lacks: all of it if the index was lost. */
  async #replay(): Promise<void> {
    const { log, index } = this.#options;
    let taking: Promise<void>[] = [];
    let bytes = 0;
    let last: LogPlace | undefined;
    const taken = async () => {
      await Promise.all(taking);
      if (last !== undefined) await index.write([this.#mark.reset(last)]);
      taking = [];
      bytes = 0;
    };
    for await (const { space: id, batch, place } of log.scan(this.#mark.place)) {
      const space = this.#open.get(id) ?? (await this.#engine(id));
      const replayed = space.replay(batch, place);
      // It is awaited with the others; meanwhile nobody must think that it is not.
      replayed.catch(() => undefined);
      taking.push(replayed);
      last = place;
      bytes += batch.length;
      if (taking.length >= spaceLimits.queuedBatches / 4 || bytes >= spaceLimits.queuedBytes / 4) await taken();
    }
    await taken();
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new GlowError("released", "space.use", { message: "the spaces are closed" });
  }
}
