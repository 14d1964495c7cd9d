// Links for guests that hold, and what came of them. A link holds a token, spent once and durably; the browser that spent it gets
// a secret by which it comes back, from the same address alone. Neither is kept here, only their hashes.
//
//   pages/guests   records (identity/record-file.ts), each a CBOR map: "id", "name", "token" (hash), "places" (each drive and
//                  path in turn), "write", "since", "expires" (ms since 1970), "written" (bytes); of one that was opened "session" (hash),
//                  "address", "browser"

import { equalBytes, utf8Encode } from "#base/bytes.ts";
import { encodeCbor } from "#base/cbor.ts";
import { GlowError } from "#base/errors.ts";
import { driveLimits, nodeLimits, webLimits } from "#base/limits.ts";
import type { Hash, Platform } from "#glow";
import { RecordFile } from "#identity/record-file.ts";
import { RecordReader } from "#identity/record-reader.ts";
import { Turns } from "#identity/turns.ts";
import type { GuestAllowance } from "#services/guest/guest-allowance.ts";
import type { GuestPlaceHeld } from "#services/guest/guest-drives.ts";
import { randomHex } from "./nonce.ts";

export interface GuestPass {
  readonly id: string;
  /** For whom it is. */
  readonly name: string;
  readonly places: readonly GuestPlaceHeld[];
  readonly write: boolean;
  readonly sinceMs: number;
  /** By the wall clock. */
  readonly expiresMs: number;
  /** Of all files that came with it. */
  readonly writtenBytes: number;
  /** Of who opened it. */
  readonly address?: string;
  readonly browser?: string;
}

interface Held extends GuestPass {
  readonly token: Hash;
  readonly session?: Hash;
}

type Powers = Pick<Platform, "disk" | "crypto" | "clock" | "random">;

const path = "pages/guests";
const recordBytes = 16 * nodeLimits.pathLength;
const fileBytes = 16 * 1024 * 1024;
const browserLength = 100;

export class GuestPasses {
  readonly #platform: Powers;
  readonly #file: RecordFile;
  readonly #turns = new Turns();
  /** By id, oldest first. */
  readonly #held = new Map<string, Held>();
  readonly #ended: (id: string) => void;
  /** Written by guests since it was saved how much they have. */
  #unsavedBytes = 0;

  private constructor(platform: Powers, file: RecordFile, ended: (id: string) => void) {
    this.#platform = platform;
    this.#file = file;
    this.#ended = ended;
    for (const record of file.records) {
      const pass = readPass(record);
      this.#held.set(pass.id, pass);
    }
  }

  /** `ended` is told of each that is given up or taken back; those whose time is over end by themselves. */
  static async open(platform: Powers, ended: (id: string) => void): Promise<GuestPasses> {
    const { disk, crypto } = platform;
    return new GuestPasses(platform, await RecordFile.open({ disk, crypto, path, recordBytes, fileBytes }), ended);
  }

  /** The token of a new one. Durable when it resolves. `exhausted` if too many hold. */
  issue(
    asked: Pick<GuestPass, "name" | "places" | "write">,
    lifetimeMs: number,
  ): Promise<{ token: string; pass: GuestPass }> {
    return this.#turns.take(async () => {
      this.#forgetExpired();
      if (this.#held.size >= webLimits.guests) {
        const message = `${webLimits.guests} links for guests hold, as many as can be: dismiss some of them first`;
        throw new GlowError("exhausted", "pages.guest", { message });
      }
      const token = randomHex(this.#platform.random);
      const sinceMs = this.#platform.clock.wallMs();
      const id = randomHex(this.#platform.random);
      const pass: Held = {
        ...asked,
        id,
        token: this.#hash(token),
        sinceMs,
        expiresMs: sinceMs + lifetimeMs,
        writtenBytes: 0,
      };
      this.#held.set(id, pass);
      await this.#save();
      return { token, pass };
    });
  }

  /** Spends a token, durably, for who is at this address. Gives the secret by which that browser comes back. */
  enter(token: string, address: string, browser: string): Promise<{ session: string; pass: GuestPass }> {
    return this.#turns.take(async () => {
      const pass = this.#found(({ token: own }) => own, token, "guest.enter");
      if (pass.session !== undefined) {
        const message = "this link was used already: it works once, in one browser. Ask for another one";
        throw new GlowError("denied", "guest.enter", { message });
      }
      const session = randomHex(this.#platform.random);
      const opened = { ...pass, session: this.#hash(session), address, browser: browser.slice(0, browserLength) };
      this.#held.set(pass.id, opened);
      try {
        await this.#save();
      } catch (error) {
        this.#held.set(pass.id, pass);
        throw error;
      }
      return { session, pass: opened };
    });
  }

  /** `denied` if it has ended, or was opened from elsewhere. */
  resume(session: string, address: string): GuestPass {
    const pass = this.#found(({ session: own }) => own, session, "guest.resume");
    if (pass.address === address) return pass;
    const message = "this was opened from another address, and holds only there. Ask for another link";
    throw new GlowError("denied", "guest.resume", { message });
  }

  /** Those that hold, oldest first. */
  list(): readonly GuestPass[] {
    const nowMs = this.#platform.clock.wallMs();
    return [...this.#held.values()].filter(({ expiresMs }) => expiresMs > nowMs);
  }

  has(id: string): boolean {
    return this.list().some((pass) => pass.id === id);
  }

  /** From now on it is nothing. */
  end(id: string): Promise<void> {
    return this.#turns.take(async () => {
      if (!this.#held.delete(id)) return;
      this.#ended(id);
      await this.#save();
    });
  }

  /** What one may write as long as it holds, of which `mostBytes` tells the most. */
  allowance(id: string, mostBytes: () => number): GuestAllowance {
    const check = (bytes: number): Held => {
      const pass = this.#held.get(id);
      const leftBytes = mostBytes() - (pass?.writtenBytes ?? 0);
      if (pass !== undefined && bytes <= leftBytes) return pass;
      const message = `a guest may write ${mostBytes()} bytes in all, and ${Math.max(0, leftBytes)} are left: ask for another link`;
      throw new GlowError("denied", "guest.write", { message });
    };
    return {
      check,
      take: (bytes) => {
        const pass = check(bytes);
        this.#held.set(id, { ...pass, writtenBytes: pass.writtenBytes + bytes });
        this.#unsavedBytes += bytes;
        if (this.#unsavedBytes < webLimits.guestUnsavedBytes) return;
        this.#unsavedBytes = 0;
        // What fails is told when something else has to be saved.
        this.#turns.take(() => this.#save()).catch(() => undefined);
      },
    };
  }

  close(): Promise<void> {
    return this.#turns.take(async () => {
      if (this.#unsavedBytes > 0) await this.#save().catch(() => undefined);
      await this.#file.close();
    });
  }

  #found(of: (pass: Held) => Hash | undefined, secret: string, op: string): Held {
    const hash = this.#hash(secret);
    const nowMs = this.#platform.clock.wallMs();
    for (const pass of this.#held.values()) {
      const own = of(pass);
      if (own !== undefined && equalBytes(own, hash) && pass.expiresMs > nowMs) return pass;
    }
    throw new GlowError("denied", op, { message: "this link holds no longer, or never did: ask for another one" });
  }

  /** Looked up by their hashes, secrets are not told apart by how long that takes. */
  #hash(secret: string): Hash {
    return this.#platform.crypto.hash("blake3", utf8Encode(secret.slice(0, 64)));
  }

  #forgetExpired(): void {
    const nowMs = this.#platform.clock.wallMs();
    for (const { id, expiresMs } of this.#held.values()) if (expiresMs <= nowMs) this.#held.delete(id);
  }

  #save(): Promise<void> {
    return this.#file.rewrite([...this.#held.values()].map(writePass));
  }
}

function writePass({ places, write, sinceMs, expiresMs, writtenBytes, ...pass }: Held): Uint8Array {
  return encodeCbor({
    ...pass,
    ...(writtenBytes > 0 && { written: writtenBytes }),
    write: write ? 1 : 0,
    places: places.flatMap((place) => [place.drive, place.path]),
    since: Math.floor(sinceMs),
    expires: Math.floor(expiresMs),
  });
}

function readPass(record: Uint8Array): Held {
  const reader = new RecordReader("guest pass", record);
  const texts = reader.texts("places", 2 * webLimits.guestPlaces, nodeLimits.pathLength);
  const places = texts.flatMap((drive, at) => (at % 2 === 0 ? [{ drive, path: texts[at + 1] ?? "" }] : []));
  return {
    id: reader.text("id", 64),
    name: reader.text("name", driveLimits.driveNameLength),
    token: reader.hash("token"),
    places,
    write: reader.integer("write", 0, 1) === 1,
    sinceMs: reader.integer("since"),
    expiresMs: reader.integer("expires"),
    writtenBytes: reader.has("written") ? reader.integer("written") : 0,
    ...(reader.has("session") && {
      session: reader.hash("session"),
      address: reader.text("address", 64),
      browser: reader.text("browser", 4 * browserLength),
    }),
  };
}
