// Long streams between two nodes, whose bytes are hashed where they go in and where they come out.

import { createHash, type Hash } from "node:crypto";
import type { GlowError } from "#base/errors.ts";
import type { NodeId, Stream } from "#glow";
import type { Mesh } from "#mesh/mesh.ts";

const protocol = "test bytes";
const pieceBytes = 64 * 1024;

export interface ReceivedStream {
  readonly hash: string;
  readonly sizeBytes: number;
  /** Why it ended: a stream that was cut off ends too. */
  readonly reason: GlowError;
}

/** The streams that come to one node. */
export class StreamSink {
  readonly #mesh: Mesh;
  readonly #waiting: ((stream: ReceivedStream) => void)[] = [];
  readonly #arrived: ReceivedStream[] = [];
  /** Bytes of all of them so far. */
  receivedBytes = 0;
  /** After each piece. */
  onBytes: (() => void) | undefined;

  constructor(mesh: Mesh) {
    this.#mesh = mesh;
    mesh.router.accept(protocol, (stream) => this.#take(stream));
  }

  /**
   * Sends so many bytes to another node; resolves to their hash when the stream has ended. Fails with the reason if that
   * was before all had been taken.
   */
  async send(to: NodeId, sizeBytes: number): Promise<string> {
    const session = await this.#mesh.router.session(to);
    const hash = createHash("sha256");
    const stream = session.open(protocol, "bulk");
    const pieces = noise(sizeBytes, hash);
    let isClosed = false;
    const write = () => {
      for (const piece of pieces) if (!stream.send([piece])) return;
      isClosed = true;
      stream.close();
    };
    await new Promise<void>((resolve, reject) => {
      const closed = (reason: GlowError) => (isClosed ? resolve() : reject(reason));
      stream.attach({ packet: () => undefined, drained: write, closed });
      write();
    });
    return hash.digest("hex");
  }

  /** The next stream that ends here. */
  next(): Promise<ReceivedStream> {
    const arrived = this.#arrived.shift();
    return arrived === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(arrived);
  }

  #take(stream: Stream): void {
    const hash = createHash("sha256");
    let sizeBytes = 0;
    stream.attach({
      packet: (bytes, start, end) => {
        hash.update(bytes.subarray(start, end));
        sizeBytes += end - start;
        this.receivedBytes += end - start;
        this.onBytes?.();
      },
      drained: () => undefined,
      closed: (reason) => {
        const received = { hash: hash.digest("hex"), sizeBytes, reason };
        const waiting = this.#waiting.shift();
        if (waiting === undefined) this.#arrived.push(received);
        else waiting(received);
      },
    });
  }
}

/** Bytes in which no two pieces are alike. One that iterates again goes on where it stopped. */
function noise(totalBytes: number, hash: Hash): Iterable<Uint8Array> {
  let leftBytes = totalBytes;
  let word = 1;
  const next = (): IteratorResult<Uint8Array> => {
    if (leftBytes === 0) return { done: true, value: undefined };
    const words = new Uint32Array(pieceBytes / 4);
    for (let i = 0; i < words.length; i++) {
      word = (Math.imul(word, 1_664_525) + 1_013_904_223) >>> 0;
      words[i] = word;
    }
    const piece = new Uint8Array(words.buffer, 0, Math.min(pieceBytes, leftBytes));
    leftBytes -= piece.length;
    hash.update(piece);
    return { done: false, value: piece };
  };
  return { [Symbol.iterator]: () => ({ next }) };
}
