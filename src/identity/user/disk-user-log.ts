// A user's statements on a Disk, in one file of records (record-file.ts), and in memory. What is seen of it (state,
// heads, missing) is durable: a statement that this device has spoken of is never taken back by a crash, which would
// make the next one a fork.

import { GlowError } from "#base/errors.ts";
import { idText } from "#base/ids.ts";
import { identityLimits } from "#base/limits.ts";
import { randomBytes } from "#base/random.ts";
import type {
  Clock,
  Hash,
  Platform,
  PublicKey,
  Subscription,
  UserChange,
  UserId,
  UserLog,
  UserMerge,
  UserState,
} from "#glow";
import { deviceIdOf } from "../device-identity.ts";
import type { NodeIdentity } from "../node-identity.ts";
import { RecordFile } from "../record-file.ts";
import { Turns } from "../turns.ts";
import { type Author, readStatement, type Said, signGenesis, signStatement } from "./statement.ts";
import { UserGraph } from "./user-graph.ts";
import type { UserReport } from "./user-report.ts";

export type UserPlatform = Pick<Platform, "disk" | "crypto" | "random" | "clock">;

export interface NewUser {
  readonly name: string;
  /** Of the first device, which is an admin. */
  readonly device: string;
  /** Without one, nothing helps against a stolen admin. It can be given only here. */
  readonly recovery?: PublicKey;
}

/** In front of every record's file: the statements of a full log, and those of the recovery key. */
const fileBytes = 2 * identityLimits.userBytes;

export class DiskUserLog implements UserLog {
  readonly user: UserId;
  /** Bytes of the file that were damaged when it was opened. What they held comes back from any other device. */
  readonly damagedBytes: number;
  readonly #platform: UserPlatform;
  readonly #identity: NodeIdentity;
  readonly #file: RecordFile;
  readonly #turns = new Turns();
  readonly #watchers = new Set<() => void>();
  #graph: UserGraph;
  /** How many statements of the graph are durable; while some are not, the state before them is shown. */
  #shown: Shown;

  private constructor(platform: UserPlatform, identity: NodeIdentity, file: RecordFile, graph: UserGraph) {
    this.#platform = platform;
    this.#identity = identity;
    this.#file = file;
    this.#graph = graph;
    this.user = graph.user;
    this.damagedBytes = file.damagedBytes;
    this.#shown = shownOf(graph);
  }

  /** A new user, whose first device this is. */
  static async create(platform: UserPlatform, identity: NodeIdentity, user: NewUser): Promise<DiskUserLog> {
    const { clock, random, crypto } = platform;
    const first = signGenesis(identity, { type: "genesis", ...user }, timeMs(clock), randomBytes(random, 16));
    const log = await DiskUserLog.open(platform, identity, idText(readStatement(crypto, first).hash) as UserId);
    await log.merge([first]);
    return log;
  }

  /**
   * The log of a user, empty if nothing of it is here yet: then it waits for a merge. `identity` signs what is appended:
   * that of this device, or of the recovery key.
   */
  static async open(platform: UserPlatform, identity: NodeIdentity, user: UserId): Promise<DiskUserLog> {
    const { disk, crypto } = platform;
    const path = `identity/users/${user}`;
    const file = await RecordFile.open({ disk, crypto, path, recordBytes: identityLimits.statementBytes, fileBytes });
    // All that was written had its parents; where these are damaged now, the rest waits for them without a limit.
    const graph = new UserGraph(crypto, user, identityLimits.orphans + file.records.length);
    graph.take(file.records);
    return new DiskUserLog(platform, identity, file, graph);
  }

  state(nowMs: number): UserState {
    return this.#shown.report.at(nowMs);
  }

  heads(): readonly Hash[] {
    return this.#shown.heads;
  }

  knows(statements: readonly Hash[]): boolean {
    const { size } = this.#shown;
    return statements.every((hash) => {
      const place = this.#graph.placeOf(idText(hash));
      return place !== undefined && place < size;
    });
  }

  missing(known: readonly Hash[]): readonly Uint8Array[] {
    const { size } = this.#shown;
    const durable = new Set(this.#graph.statements.slice(0, size));
    return this.#graph
      .missing(known.map(idText))
      .filter((statement) => durable.has(statement))
      .map(({ bytes }) => bytes);
  }

  append(change: UserChange): Promise<Hash> {
    return this.#turns.take(async () => {
      const bytes = this.#sign(change);
      const { refused } = await this.#take([bytes]);
      if (refused[0] !== undefined) throw refused[0].error;
      return readStatement(this.#platform.crypto, bytes).hash;
    });
  }

  merge(statements: readonly Uint8Array[]): Promise<UserMerge> {
    return this.#turns.take(() => this.#take(statements));
  }

  watch(changed: () => void): Subscription {
    const watcher = () => changed();
    this.#watchers.add(watcher);
    return { stop: () => void this.#watchers.delete(watcher) };
  }

  /** After what is under way. */
  async close(): Promise<void> {
    await this.#turns.take(() => this.#file.close());
  }

  #sign(change: UserChange): Uint8Array {
    const { clock } = this.#platform;
    if (this.#graph.size === 0) {
      const message = "nothing of this user is here yet: fetch its statements from one of its devices first";
      throw new GlowError("unavailable", "user.append", { target: this.user, message });
    }
    const author = this.#author();
    const placement = {
      author,
      sequence: this.#graph.nextSequence(author),
      parents: this.#parents(author),
      timeMs: timeMs(clock),
    };
    return signStatement(this.#identity, placement, this.#complete(change));
  }

  #complete(change: UserChange): Said {
    if (change.type !== "revoke") return change;
    return { ...change, accepted: change.accepted ?? this.#graph.nextSequence(change.device) - 1 };
  }

  /** Whom this identity's key belongs to: the user itself for the recovery key, else the device that has it. */
  #author(): Author {
    const state = this.#graph.state(0);
    const { publicKey, id } = this.#identity;
    if (state.recovery !== undefined && idText(state.recovery) === idText(publicKey)) return this.user;
    for (const [device, { node }] of state.devices) if (node === id) return device;
    return deviceIdOf(this.#platform.crypto, publicKey);
  }

  /** The heads; where there are more than a statement may name, its author's own line first. */
  #parents(author: Author): readonly Hash[] {
    const heads = this.#graph.heads();
    if (heads.length <= identityLimits.parents) return heads;
    const own = this.#graph.headsKnowing(author);
    // A set keeps the first of what is equal, and these are the same objects.
    return [...new Set([...own, ...heads])].slice(0, identityLimits.parents);
  }

  async #take(statements: readonly Uint8Array[]): Promise<UserMerge> {
    const { taken, refused } = this.#graph.take(statements);
    if (taken.length > 0) {
      try {
        await this.#file.append(taken.map(({ bytes }) => bytes));
      } catch (error) {
        // What is not durable was not taken in.
        this.#graph = this.#rebuilt();
        throw error;
      }
      this.#shown = shownOf(this.#graph);
      for (const changed of this.#watchers) changed();
    }
    return { taken: taken.length, refused, wanted: this.#graph.wanted() };
  }

  #rebuilt(): UserGraph {
    const graph = new UserGraph(this.#platform.crypto, this.user);
    graph.take(this.#graph.statements.slice(0, this.#shown.size).map(({ bytes }) => bytes));
    return graph;
  }
}

/** For people, so a clock that is wrong stops nothing. */
function timeMs(clock: Clock): number {
  return Math.max(0, Math.floor(clock.wallMs()));
}

interface Shown {
  readonly size: number;
  readonly heads: readonly Hash[];
  readonly report: UserReport;
}

function shownOf(graph: UserGraph): Shown {
  return { size: graph.size, heads: graph.heads(), report: graph.report() };
}
