// What happens in a space, one thing after the other: batches come, are written, are judged anew, go to the typed store.
// Each is a work (space-work.ts) or several; after one that failed the next begins from what is on the medium.

import { GlowError } from "#base/errors.ts";
import { spaceLimits } from "#base/limits.ts";
import type {
  BatchHeader,
  BatchLog,
  BlobStore,
  DeviceId,
  HeldBatch,
  Index,
  LogPlace,
  Membership,
  Platform,
  Space,
  SpaceId,
  StoreKind,
  Subscription,
  Taken,
  Timer,
  UserId,
} from "#glow";
import type { NodeIdentity } from "#identity/node-identity.ts";
import { Admission } from "./admission.ts";
import { type Arrival, type ArrivalFrom, readUnverified, verifyArrival } from "./arrival.ts";
import type { BatchRecord } from "./batch-record.ts";
import { BatchWriter, emptyDraft, type WriteDraft } from "./batch-writer.ts";
import { type BlobPresence, BlobWants } from "./blob-wants.ts";
import type { IndexMark } from "./index-mark.ts";
import { unwrapKey } from "./key-grant.ts";
import { decodeNote, encodeNote, isNote, type LogNote } from "./log-note.ts";
import { coveringParents } from "./revocation-cover.ts";
import { headerOf, type SignedBatch } from "./signed-batch.ts";
import type { MemorySource, SpaceMemory } from "./space-memory.ts";
import { hashKey } from "./space-rows.ts";
import { SpaceState } from "./space-state.ts";
import { SpaceUpkeep } from "./space-upkeep.ts";
import { isDamage, type ReadBatch, readUnlessDamaged, type SpaceWork } from "./space-work.ts";
import { type ChangedStanding, isLoss, isSameStanding } from "./standings.ts";
import { type Brought, TakeQueue } from "./take-queue.ts";

export interface SpaceOptions {
  readonly platform: Pick<Platform, "clock" | "timers" | "random" | "crypto" | "compression">;
  readonly id: SpaceId;
  /** Signs what is written, and opens what is wrapped for this device. */
  readonly identity: NodeIdentity;
  readonly device: DeviceId;
  readonly log: BatchLog;
  readonly mark: IndexMark;
  readonly index: Index;
  /** With whatever else backs blobs of this device. */
  readonly blobs: BlobPresence & Pick<BlobStore, "sync">;
  /** The statements of a user, of whom nothing needs to be here yet. */
  readonly membership: (user: UserId) => Promise<Membership>;
  readonly kinds: readonly StoreKind[];
}

/** Who is told. */
export interface CoreEvents {
  readonly space: Space;
  /** A batch has come to be held. */
  came(batch: HeldBatch): void;
  /** What is in memory is in the index now. */
  written(): void;
  /** The user's statements have come to say something else. */
  membersChanged(): void;
}

/** What became of a batch, once the work under way is written. */
interface Outcome {
  readonly job: Brought;
  readonly taken: Taken;
}

export class SpaceCore {
  readonly state: SpaceState;
  readonly wants: BlobWants;
  readonly #options: SpaceOptions;
  readonly #events: CoreEvents;
  readonly #queue: TakeQueue;
  readonly #admission: Admission;
  readonly #writer: BatchWriter;
  readonly #upkeep: SpaceUpkeep;
  #membership: Membership | undefined;
  #watching: Subscription | undefined;
  #isReviewDue = false;
  #retry: Timer | undefined;
  /** Batches wait that need not; whence they come. */
  #unheld: "log" | "peer" | undefined;
  /** Why what follows from a work was given up last. */
  #unfinished: unknown;
  /** Only then does it write: before, the log may have what the index lacks of its own. */
  #isStarted = false;
  #isClosed = false;

  constructor(options: SpaceOptions, events: CoreEvents) {
    const { platform, id, identity, device, log, mark, index, blobs } = options;
    const { crypto, clock, compression } = platform;
    this.#options = options;
    this.#events = events;
    this.#queue = new TakeQueue((group) => this.#takeGroup(group));
    this.wants = new BlobWants(blobs);
    const tools = { space: id, crypto, log, mark, index };
    this.state = new SpaceState(
      tools,
      () => this.#memorySource(),
      () => this.#reviewAgain(),
    );
    this.#upkeep = new SpaceUpkeep({
      crypto,
      compression,
      state: this.state,
      wants: this.wants,
      space: events.space,
      kinds: options.kinds,
      membership: () => this.#membership,
      written: (work) => this.#tell(work),
      again: () => this.#reviewAgain(),
    });
    this.#writer = new BatchWriter({ clock, crypto, compression, identity, device, space: id });
    this.#admission = new Admission({
      device,
      space: id,
      membership: () => this.#membership,
      derivation: () => this.#upkeep.derivation,
      wants: this.wants,
      begun: (work, first) => this.#begun(work, first),
    });
  }

  /** Undefined until the first batch is here. */
  get membership(): Membership | undefined {
    return this.#membership;
  }

  /** What duties are judged by; undefined while nothing is to be done unasked. */
  get known(): { readonly memory: SpaceMemory; readonly membership: Membership } | undefined {
    if (!this.#isStarted || this.#membership === undefined || !this.state.isLoaded) return undefined;
    return { memory: this.state.memory, membership: this.#membership };
  }

  /** Whether this device has a typed store for the space. */
  get hasStore(): boolean {
    return this.#upkeep.hasStore;
  }

  /** Reads what is in the index, and goes on where it stopped. */
  load(): Promise<void> {
    return this.#run(async () => undefined);
  }

  /** All that the log has was brought: from now on this device writes. */
  start(): Promise<void> {
    this.#isStarted = true;
    return this.#run(() => this.#review());
  }

  /** `place`: where the log has it, whence it comes. */
  take(bytes: Uint8Array, place?: LogPlace): Promise<Taken> {
    if (this.#isClosed) return Promise.reject(this.#released());
    return this.#queue.take(bytes, place);
  }

  /** `Space.write`, with what only the space itself writes; undefined: there is nothing to be written after all. */
  async write(
    prepare: () => Promise<WriteDraft | undefined> | WriteDraft | undefined,
  ): Promise<BatchHeader | undefined> {
    return this.#run(async () => {
      this.#checkWritable();
      const draft = await prepare();
      return draft && this.#write(draft);
    });
  }

  /** A work of its own, on what is not written as a batch. */
  change(task: (work: SpaceWork) => Promise<void>): Promise<void> {
    return this.#run(async () => {
      const work = this.state.begin();
      await this.#orGiveUp(task(work));
      await this.#finish(work);
    });
  }

  /** This device holds the space from here on, whatever of it comes. */
  join(): Promise<void> {
    return this.change(async (work) => work.appendNote(encodeNote({ note: "joined" })));
  }

  /** The first batch of a new space. */
  create(first: Arrival): Promise<void> {
    return this.change(async (work) => {
      const taken = await this.#admitAll(work, first);
      if (taken instanceof GlowError) throw taken;
    });
  }

  /** After what is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#watching?.stop();
    this.#retry?.cancel();
    await this.#queue.run(async () => undefined);
  }

  #run<Result>(task: () => Promise<Result>): Promise<Result> {
    if (this.#isClosed) return Promise.reject(this.#released());
    return this.#queue.run(async () => {
      await this.#ready();
      return task();
    });
  }

  // ---------------------------------------------------------------------------------------------- batches come

  async #takeGroup(group: readonly Brought[]): Promise<void> {
    let work: SpaceWork | undefined;
    let outcomes: Outcome[] = [];
    const settle = (settleOne: (outcome: Outcome) => void) => {
      outcomes.forEach(settleOne);
      outcomes = [];
      work = undefined;
    };
    const finish = async (ending: SpaceWork) => {
      await this.#finish(ending, () => settle(({ job, taken }) => job.resolve(taken)));
    };
    const read = group.map((job) => this.#read(job));
    for (let i = 0, first = 0; i < group.length; i++) {
      const job = group[i] as Brought;
      const { excesses } = this.#upkeep;
      if (work === undefined) first = i;
      try {
        await this.#ready();
        work ??= await this.#workFor(read.slice(i));
        const taken = await this.#takeOne(work, job, read[i]);
        if (taken instanceof GlowError) refuse(job, taken);
        else outcomes.push({ job, taken });
        if (work.isFull || i === group.length - 1) await finish(work);
      } catch (error) {
        this.state.giveUp();
        if (this.#upkeep.excesses > excesses) {
          // Once more, without the entries of the one that was too much.
          settle(() => undefined);
          i = first - 1;
          continue;
        }
        job.reject(error);
        settle((outcome) => outcome.job.reject(error));
      }
    }
  }

  /** Undefined for what the log has beside batches. */
  #read({ bytes, place }: Brought): SignedBatch | GlowError | undefined {
    if (place !== undefined && isNote(bytes)) return undefined;
    return readUnverified(this.#options.platform.crypto, bytes);
  }

  /** All rows that these batches need are read at once. */
  async #workFor(read: readonly (SignedBatch | GlowError | undefined)[]): Promise<SpaceWork> {
    const work = this.state.begin();
    const hashes = read.flatMap((batch) => {
      return batch === undefined || batch instanceof GlowError ? [] : [batch.hash, ...batch.header.parents];
    });
    await work.records.getMany(hashes);
    return work;
  }

  async #takeOne(
    work: SpaceWork,
    { bytes, place }: Brought,
    read: SignedBatch | GlowError | undefined,
  ): Promise<Taken | GlowError> {
    if (read instanceof GlowError) return read;
    if (read === undefined) {
      this.#heed(work, decodeNote(bytes));
      return "known";
    }
    // Every peer brings it: it is verified once.
    const known = await work.records.get(read.hash);
    if (known !== undefined && !known.lost) return known.held ? "known" : "waiting";
    const from: ArrivalFrom = place === undefined ? { type: "peer" } : { type: "log", place };
    const arrival = verifyArrival(this.#options.platform.crypto, read, from);
    return arrival instanceof GlowError ? arrival : this.#admitAll(work, arrival);
  }

  #heed(work: SpaceWork, note: LogNote | undefined): void {
    const { meta, standings } = work.memory;
    if (note?.note === "incarnation" && note.least > meta.incarnation) work.setMeta({ incarnation: note.least });
    if (note?.note !== "standing") return;
    const before = standings.judged(note.author, note.key);
    standings.set(work.view, note.author, note.key, note.standing);
    if (before !== undefined && !isSameStanding(before, note.standing)) work.setMeta({ stale: true });
  }

  /** A batch, and all that waited for it. */
  async #admitAll(work: SpaceWork, arrival: Arrival): Promise<Taken | GlowError> {
    const admitted = await this.#admission.admit(work, arrival);
    if (admitted instanceof GlowError) return admitted;
    await this.#holdAll(work, admitted.released, arrival.from.type === "log");
    return admitted.taken;
  }

  async #holdAll(work: SpaceWork, released: readonly BatchRecord[], isReplay: boolean): Promise<void> {
    const queue = [...released];
    for (let record = queue.shift(); record !== undefined; record = queue.shift()) {
      if (work.isFull) {
        // They wait on, and are held by the next work.
        this.#unheld = isReplay ? "log" : "peer";
        return;
      }
      const batch = await this.#readWaiting(work, record);
      if (batch === undefined) continue;
      const { place } = record;
      const from: ArrivalFrom = isReplay && place !== undefined ? { type: "log", place } : { type: "peer" };
      const admitted = await this.#admission.hold(work, record, { ...batch, from });
      if (!(admitted instanceof GlowError)) queue.push(...admitted.released);
    }
  }

  /** Undefined if it was damaged while it waited: then it has to come again. */
  async #readWaiting(work: SpaceWork, record: BatchRecord): Promise<ReadBatch | undefined> {
    const batch = await readUnlessDamaged(work, record);
    if (batch !== undefined) return batch;
    work.memory.waiting.leave(record.id);
    work.records.remove(record);
    work.view.remove(hashKey("w", record.hash));
    return undefined;
  }

  // ------------------------------------------------------------------------------------------ batches are written

  #checkWritable(): void {
    const { id, device, identity } = this.#options;
    const membership = this.#membership;
    if (membership === undefined || !this.#isStarted) {
      const message = "nothing of this space is here yet: it comes from any device that holds it";
      throw new GlowError("unavailable", "space.write", { target: id, message });
    }
    const standing = membership.standing(device, identity.publicKey, id);
    if (standing.type !== "member" && !(standing.type === "tab" && standing.valid)) {
      const message = "only devices of the user, and tabs whose certificate is valid, write into this space";
      throw new GlowError("denied", "space.write", { target: id, message });
    }
    if (!this.state.memory.meta.stale) return;
    const message = "a batch is damaged that is needed to derive this space anew; connect a device that has it";
    throw new GlowError("unavailable", "space.write", { target: id, message });
  }

  async #write(draft: WriteDraft): Promise<BatchHeader> {
    const work = this.state.begin();
    const arrival = await this.#writer.write(work, this.#membership as Membership, draft);
    const synced = draft.blobs.length === 0 ? undefined : this.#options.blobs.sync();
    // Awaited below; nobody must think that it is not.
    synced?.catch(() => undefined);
    const announced = draft.announce?.(headerOf(arrival.signed));
    announced?.catch(() => undefined);
    const taken = await this.#orGiveUp(this.#admitAll(work, arrival));
    if (taken instanceof GlowError) {
      this.state.giveUp();
      throw taken;
    }
    await this.#orGiveUp(Promise.all([synced, announced]));
    await this.#finish(work);
    return headerOf(arrival.signed);
  }

  // ----------------------------------------------------------------------------------- what follows from a work

  /** What follows may fail without making undone what was written: then it is begun again later. */
  async #finish(work: SpaceWork, written: () => void = () => undefined): Promise<void> {
    await this.state.commit(work);
    written();
    this.#tell(work);
    for (let excesses = -1; excesses < this.#upkeep.excesses; ) {
      excesses = this.#upkeep.excesses;
      try {
        if (!this.state.isLoaded) await this.state.load();
        await this.#holdRest();
        await this.#upkeep.run();
        return;
      } catch (error) {
        this.#unfinished = error;
        this.state.giveUp();
      }
    }
  }

  /** What there was no room for in the works before. */
  async #holdRest(): Promise<void> {
    while (this.#unheld !== undefined) {
      const whence = this.#unheld;
      this.#unheld = undefined;
      try {
        const work = this.state.begin();
        await this.#holdAll(work, this.#admission.released(work), whence === "log");
        await this.state.commit(work);
        this.#tell(work);
      } catch (error) {
        this.#unheld = whence;
        throw error;
      }
    }
  }

  #tell(work: SpaceWork | undefined): void {
    // First, so that who is told of a batch finds that it is here.
    this.#events.written();
    for (const batch of work?.applied ?? []) this.#upkeep.derivation.store?.applied(batch);
    for (const batch of work?.came ?? []) this.#events.came(batch);
  }

  /** What has changed memory and failed: nothing in memory can be relied on. */
  async #orGiveUp<Result>(work: Promise<Result>): Promise<Result> {
    try {
      return await work;
    } catch (error) {
      this.state.giveUp();
      throw error;
    }
  }

  // ------------------------------------------------------------------------------------------- beginning, again

  /** Before anything: after a failure what is on the medium is read, and what was logged and not indexed is taken in. */
  async #ready(): Promise<void> {
    if (this.state.isLoaded) return;
    await this.state.load();
    await this.#orGiveUp(this.#goOn());
    if (!this.state.isLoaded) throw this.#unfinished;
  }

  async #goOn(): Promise<void> {
    const { genesis } = this.state.memory.meta;
    if (genesis !== undefined) await this.#setUser(genesis.user);
    const work = this.state.begin();
    for (const place of this.state.owed) await this.#takeOwed(work, place);
    await this.#finish(work);
    if (this.state.isLoaded) await this.#review();
  }

  /** What is damaged by now was never said to be here. */
  async #takeOwed(work: SpaceWork, place: LogPlace): Promise<void> {
    const found = await this.#options.log.read(place).catch((error: unknown) => {
      if (!isDamage(error)) throw error;
    });
    if (found === undefined) return;
    const job: Brought = { bytes: found.batch, place, resolve: () => undefined, reject: () => undefined };
    await this.#takeOne(work, job, this.#read(job));
  }

  async #begun(work: SpaceWork, { header, headerBytes }: SignedBatch): Promise<void> {
    const { genesis } = header;
    if (genesis === undefined || work.memory.meta.genesis !== undefined) return;
    work.setMeta({ genesis, genesisHeader: headerBytes });
    await this.#setUser(genesis.user);
  }

  async #setUser(user: UserId): Promise<void> {
    if (this.#membership !== undefined) return;
    const membership = await this.#options.membership(user);
    this.#membership = membership;
    this.#watching = membership.watch(() => this.#reviewLater());
  }

  #memorySource(): MemorySource {
    const { id, identity, device, platform } = this.#options;
    return {
      space: id,
      membership: this.#membership,
      openGrant: (keyId, grant, salt) => unwrapKey(platform.crypto, { identity, device }, keyId, grant, salt),
    };
  }

  // ------------------------------------------------------------------------------------ the user's statements

  #reviewLater(): void {
    this.#events.membersChanged();
    if (this.#isReviewDue || !this.#isStarted || this.#isClosed) return;
    this.#isReviewDue = true;
    this.#run(() => this.#review()).catch(() => {
      // What is read from the medium next is reviewed too; if nothing comes, then after a while.
      this.state.giveUp();
      this.#isReviewDue = false;
      this.#reviewAgain();
    });
  }

  #reviewAgain(): void {
    if (this.#isClosed) return;
    this.#retry ??= this.#options.platform.timers.after(spaceLimits.dutyRetryMs, () => {
      this.#retry = undefined;
      this.#reviewLater();
    });
  }

  async #review(): Promise<void> {
    this.#isReviewDue = false;
    const membership = this.#membership;
    if (membership === undefined || !this.#isStarted) return;
    const changed = this.state.memory.standings.changed(membership);
    if (changed.length > 0) await this.#coverBefore(changed);
    if (!this.state.isLoaded) throw this.#unfinished;
    const work = this.state.begin();
    for (const { author, key, before, after } of changed) {
      work.memory.standings.set(work.view, author, key, after);
      if (isLoss(before) || isLoss(after))
        work.appendNote(encodeNote({ note: "standing", author, key, standing: after }));
    }
    if (changed.length > 0) work.setMeta({ stale: true });
    await this.#orGiveUp(this.#holdAll(work, this.#admission.released(work), false));
    await this.#finish(work);
  }

  /** What is to go on counting is covered before the revocation that leaves all else out. */
  async #coverBefore(changed: readonly ChangedStanding[]): Promise<void> {
    const { device, identity, id } = this.#options;
    if (this.state.memory.meta.stale) return;
    if (this.#membership?.standing(device, identity.publicKey, id).type !== "member") return;
    const parents = await coveringParents(this.state.begin(), changed);
    if (parents !== undefined) await this.#write({ ...emptyDraft, parents: parents.slice(0, spaceLimits.parents) });
  }

  #released(): GlowError {
    const message = "this space is closed: open it again";
    return new GlowError("released", "space.use", { target: this.#options.id, message });
  }
}

/** What comes from the log and is refused, for ever, was refused before, or has become so by damage: nobody waits for it. */
function refuse({ place, resolve, reject }: Brought, error: GlowError): void {
  if (place === undefined) reject(error);
  else resolve("known");
}
