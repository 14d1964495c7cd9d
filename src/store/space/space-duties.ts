// What this device does for a space unasked, beside its other devices: it grants keys to devices that lack them, begins a
// new epoch when somebody has the key who is to read no more, and builds on what would not count for ever otherwise.
//
// Every device that can does this, after a wait of its own: mostly one is first, and the others have nothing left to do.
// Two that do it at once do no harm.

import { integerBelow } from "#base/random.ts";
import { spaceLimits } from "#base/limits.ts";
import type { BatchHeader, DeviceId, Membership, Platform, SpaceId, Timer } from "#glow";
import type { KeyGrant, KeyGrants } from "./batch-parts.ts";
import { emptyDraft, type WriteDraft } from "./batch-writer.ts";
import { wrapKey } from "./key-grant.ts";
import { SpaceKey } from "./space-key.ts";
import type { KeyRing } from "./key-ring.ts";
import type { SpaceMemory } from "./space-memory.ts";
import type { NodeIdentity } from "#identity/node-identity.ts";

export interface DutiesOptions {
  readonly platform: Pick<Platform, "timers" | "random" | "crypto">;
  readonly space: SpaceId;
  readonly device: DeviceId;
  readonly identity: NodeIdentity;
  /** Undefined while there is nothing that could be done: nothing is loaded, or there is no first batch. */
  readonly known: () => { readonly memory: SpaceMemory; readonly membership: Membership } | undefined;
  readonly write: (prepare: () => WriteDraft | undefined) => Promise<BatchHeader | undefined>;
}

type Known = NonNullable<ReturnType<DutiesOptions["known"]>>;
type Reader = ReturnType<Membership["readers"]>[number];

export class SpaceDuties {
  readonly #options: DutiesOptions;
  #timer: Timer | undefined;
  /** When nothing was to be granted: for these readers, and at this version of the keys. */
  #done: { readonly ring: KeyRing; readonly version: number; readonly readers: readonly Reader[] } | undefined;
  #isStopped = false;

  constructor(options: DutiesOptions) {
    this.#options = options;
  }

  /** Something has changed. */
  consider(): void {
    const known = this.#options.known();
    if (this.#timer !== undefined || this.#isStopped || known === undefined || !this.#mayAct(known)) return;
    if (this.#mustGrant(known)) this.#after(this.#delayMs(spaceLimits.grantDelayMs));
    else if (needsCover(known.memory)) this.#after(this.#delayMs(spaceLimits.coverDelayMs));
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  #delayMs(mostMs: number): number {
    return integerBelow(this.#options.platform.random, mostMs + 1);
  }

  #after(delayMs: number): void {
    this.#timer = this.#options.platform.timers.after(delayMs, () => void this.#act());
  }

  async #act(): Promise<void> {
    try {
      await this.#options.write(() => this.#draft());
      this.#timer = undefined;
    } catch {
      // Whoever writes by himself is told; here nobody waits for it, and the next attempt may find more room.
      this.#timer = undefined;
      if (!this.#isStopped) this.#after(spaceLimits.dutyRetryMs);
      return;
    }
    this.consider();
  }

  /** What is to be written, as things stand now. */
  #draft(): WriteDraft | undefined {
    const known = this.#options.known();
    if (known === undefined || !this.#mayAct(known)) return undefined;
    const keys = this.#mustGrant(known) ? this.#grants(known) : undefined;
    if (keys !== undefined) return { ...emptyDraft, keys };
    return needsCover(known.memory) ? emptyDraft : undefined;
  }

  /** A tab leaves it to devices: it may be gone before it is done. */
  #mayAct({ membership, memory }: Known): boolean {
    const { device, identity, space } = this.#options;
    return !memory.meta.stale && membership.standing(device, identity.publicKey, space).type === "member";
  }

  /** Asked after every batch: so it is found out once for each change of keys or devices. */
  #mustGrant(known: Known): boolean {
    const { ring, meta } = known.memory;
    const { version } = ring;
    const readers = known.membership.readers();
    if (this.#done?.ring === ring && this.#done.version === version && this.#done.readers === readers) return false;
    if (meta.genesis === undefined || ring.current === undefined) return false;
    // Others see to it that it is left out from now on; it must not do the same to them.
    if (ring.hosts.has(this.#options.device)) return false;
    if (isExposed(known, ring.current) || missingGrants(known).length > 0) return true;
    this.#done = { ring, version, readers };
    return false;
  }

  /** As many as one batch may hold; undefined if there are none that can be made. */
  #grants(known: Known): readonly KeyGrants[] | undefined {
    const { ring, meta } = known.memory;
    const { genesis } = meta;
    const { current } = ring;
    if (genesis === undefined || current === undefined) return undefined;
    const keys: KeyGrants[] = [];
    let room = spaceLimits.grants;
    const grant = (key: SpaceKey, epoch: number, to: readonly Reader[]) => {
      const grants = this.#wrap(key, genesis.salt, to.slice(0, room));
      room -= grants.length;
      if (grants.length > 0) keys.push({ keyId: key.id, epoch, grants });
    };
    if (isExposed(known, current)) {
      const { crypto, random } = this.#options.platform;
      const epoch = (ring.lastEpoch ?? ring.epochOf(current)) + 1;
      grant(SpaceKey.draw(crypto, random, genesis.salt), epoch, readersOf(known));
    }
    for (const { key, to } of missingGrants(known)) grant(key, ring.epochOf(key), to);
    return keys.length > 0 ? keys : undefined;
  }

  #wrap(key: SpaceKey, salt: Uint8Array, readers: readonly Reader[]): KeyGrant[] {
    return readers.flatMap((reader) => {
      const grant = wrapKey(this.#options.platform, key, salt, reader.device, reader.key);
      return grant === undefined ? [] : [grant];
    });
  }
}

/** Whether somebody has the key who is to read no more. */
function isExposed({ memory, membership }: Known, key: SpaceKey): boolean {
  const { ring } = memory;
  return ring.exposedTo(key).some((device) => ring.hosts.has(device) || membership.isRevoked(device));
}

function readersOf({ memory, membership }: Known): readonly Reader[] {
  return membership.readers().filter(({ device }) => !memory.ring.hosts.has(device));
}

/** The keys of this device, each with the readers to whom no batch that counts grants it. */
function missingGrants(known: Known): { key: SpaceKey; to: Reader[] }[] {
  const { ring } = known.memory;
  const readers = readersOf(known);
  return ring.secrets.flatMap((key) => {
    const to = readers.filter((reader) => !ring.isGranted(key, reader));
    return to.length > 0 ? [{ key, to }] : [];
  });
}

/** Whether a tab's or a revoked device's batch counts now that no member has built on. */
function needsCover({ heads }: SpaceMemory): boolean {
  return heads.list().some(({ isMember }) => !isMember);
}
