// One thing that a node wants from another: packets over a stream of their session, whole and in order. If the stream ends
// before all is there (a node died, or was cut off for too long), it is asked for again, from the start.

import { equalBytes, utf8Encode } from "#base/bytes.ts";
import { assert, GlowError } from "#base/errors.ts";
import type { Pipe, Priority, Timers } from "#glow";
import type { Mesh } from "#mesh/mesh.ts";

export const transferProtocol = "test transfer";
const againMs = 700;

export class Transfer {
  readonly from: string;
  readonly to: string;
  readonly #number: number;
  readonly #sizes: readonly number[];
  readonly #priority: Priority;
  /** Grows with each attempt, so that what is left of an earlier one is told apart. */
  #attempt = 0;
  #received = 0;
  done = false;
  state = "not begun";

  constructor(number: number, from: string, to: string, sizes: readonly number[], priority: Priority) {
    this.#number = number;
    this.from = from;
    this.to = to;
    this.#sizes = sizes;
    this.#priority = priority;
  }

  /** Tries until it is done, for as long as this life of the sender lasts. */
  begin(mesh: Mesh, timers: Timers, target: Parameters<Mesh["keep"]>[0]): void {
    if (this.done) return;
    const attempt = ++this.#attempt;
    const again = () => {
      if (this.#attempt === attempt && !this.done) timers.after(againMs, () => this.begin(mesh, timers, target));
    };
    this.state = "waits for a session";
    mesh.router.session(target).then(
      (session) => this.#send(session.open(transferProtocol, this.#priority), attempt, again),
      (error: unknown) => {
        if (!(error instanceof GlowError)) throw error;
        assert(
          ["not-found", "unavailable", "disconnected", "exhausted", "cancelled", "released"].includes(error.kind),
          `a session that does not come about says why: ${error}`,
        );
        this.state = error.message;
        again();
      },
    );
  }

  #send(stream: Pipe, attempt: number, again: () => void): void {
    let next = 0;
    this.state = "sends";
    const send = () => {
      while (next < this.#sizes.length) {
        if (!stream.send([packetOf(this.#number, next, this.#sizes[next++] as number)])) return;
      }
    };
    stream.attach({
      packet: () => {
        // The receiver has all.
        stream.close();
      },
      drained: send,
      closed: (reason) => {
        this.state = `ended: ${reason.message}`;
        again();
      },
    });
    stream.send([utf8Encode(`${this.#number} ${attempt}`)]);
    send();
  }

  /** The receiver's side of a stream, after its first packet. */
  receive(stream: Pipe, attempt: number, bytes: Uint8Array): void {
    if (attempt !== this.#attempt || this.done) return;
    const at = this.#received++;
    assert(at < this.#sizes.length, `${this.from} to ${this.to}: no more comes than was sent`);
    const expected = packetOf(this.#number, at, this.#sizes[at] as number);
    assert(equalBytes(expected, bytes), `${this.from} to ${this.to}: packet ${at} comes once, in order and whole`);
    if (this.#received < this.#sizes.length) return;
    this.done = true;
    stream.send([Uint8Array.of(1)]);
  }

  /** A stream of this attempt begins at the receiver. */
  started(attempt: number): void {
    if (attempt === this.#attempt) this.#received = 0;
  }
}

/** Takes the streams of all transfers at one node. */
export function serveTransfers(mesh: Mesh, transfers: readonly Transfer[]): void {
  mesh.router.accept(transferProtocol, (stream) => {
    let transfer: Transfer | undefined;
    let attempt = 0;
    stream.attach({
      packet: (bytes, start, end) => {
        if (transfer === undefined) {
          const [number = 0, tried = 0] = new TextDecoder().decode(bytes.subarray(start, end)).split(" ").map(Number);
          transfer = transfers[number] as Transfer;
          attempt = tried;
          transfer.started(attempt);
        } else {
          transfer.receive(stream, attempt, bytes.subarray(start, end));
        }
      },
      drained: () => undefined,
      closed: () => undefined,
    });
  });
}

function packetOf(transfer: number, number: number, sizeBytes: number): Uint8Array {
  const packet = new Uint8Array(sizeBytes);
  let state = (transfer * 7919 + number * 104_729 + 1) >>> 0;
  for (let i = 0; i < sizeBytes; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    packet[i] = state >>> 24;
  }
  return packet;
}
