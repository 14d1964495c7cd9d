// Bytes for a long stream that cannot be guessed and can be recognised: the key stream of AES-CTR under a random key, with
// the same marker at the start of every 4 KiB. Both ends hash what they see, so that a byte lost, doubled or out of
// order shows; whoever searches a memory or a recording for the marker finds it wherever the plaintext has been.

import { createCipheriv, createHash, randomBytes } from "node:crypto";
import type { GlowError } from "#base/errors.ts";
import type { PipeReceiver, Stream } from "#glow";
import type { FlowReport } from "./host-messages.ts";

export const flowProtocol = "test flow 1";
export const markerBytes = 32;

const markEveryBytes = 4096;
const packetBytes = 16 * markEveryBytes;
const zeros = new Uint8Array(packetBytes);

export class FlowSender implements PipeReceiver {
  readonly #stream: Stream;
  readonly #marker: Uint8Array;
  readonly #source = createCipheriv("aes-256-ctr", randomBytes(32), randomBytes(16));
  readonly #hash = createHash("sha256");
  readonly #end = Promise.withResolvers<FlowReport>();
  #leftBytes: number;
  #sizeBytes = 0;

  /** `sizeBytes` is a multiple of 64 KiB; without it the flow goes on until `end`. */
  constructor(stream: Stream, marker: Uint8Array, sizeBytes = Number.POSITIVE_INFINITY) {
    this.#stream = stream;
    this.#marker = marker;
    this.#leftBytes = sizeBytes;
    stream.attach(this);
    this.#send();
  }

  /** Resolves when all of it has arrived. */
  end(): Promise<FlowReport> {
    if (this.#leftBytes === Number.POSITIVE_INFINITY) {
      this.#leftBytes = 0;
      this.#stream.close();
    }
    return this.#end.promise;
  }

  packet(): void {
    throw new Error("a flow goes one way");
  }

  drained(): void {
    this.#send();
  }

  closed(_reason: GlowError): void {
    this.#end.resolve({ sizeBytes: this.#sizeBytes, hash: this.#hash.digest("hex"), longestSilenceMs: 0 });
  }

  #send(): void {
    while (this.#leftBytes > 0) {
      const packet = this.#source.update(zeros);
      for (let at = 0; at < packetBytes; at += markEveryBytes) packet.set(this.#marker, at);
      this.#hash.update(packet);
      this.#sizeBytes += packetBytes;
      this.#leftBytes -= packetBytes;
      if (!this.#stream.send([packet]) && this.#leftBytes > 0) return;
    }
    this.#stream.close();
  }
}

export class FlowReceiver implements PipeReceiver {
  readonly #hash = createHash("sha256");
  readonly #waiting: { readonly atLeastBytes: number; readonly resolve: (report: FlowReport) => void }[] = [];
  #sizeBytes = 0;
  #ended: string | undefined;
  #lastMs = performance.now();
  #longestSilenceMs = 0;

  constructor(stream: Stream) {
    stream.attach(this);
  }

  listenAnew(): void {
    this.#longestSilenceMs = 0;
  }

  /** Resolves with so many bytes, or at the end. */
  received(atLeastBytes: number): Promise<FlowReport> {
    return new Promise((resolve) => {
      this.#waiting.push({ atLeastBytes, resolve });
      this.#tell();
    });
  }

  packet(bytes: Uint8Array, start: number, end: number): void {
    this.#hash.update(bytes.subarray(start, end));
    this.#sizeBytes += end - start;
    this.#note();
    this.#tell();
  }

  drained(): void {
    // It sends nothing.
  }

  closed(_reason: GlowError): void {
    this.#note();
    this.#ended = this.#hash.digest("hex");
    this.#tell();
  }

  #note(): void {
    const nowMs = performance.now();
    this.#longestSilenceMs = Math.max(this.#longestSilenceMs, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
  }

  #tell(): void {
    const isEnded = this.#ended !== undefined;
    for (const waiter of this.#waiting.filter(({ atLeastBytes }) => isEnded || this.#sizeBytes >= atLeastBytes)) {
      this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
      const silenceMs = isEnded ? 0 : performance.now() - this.#lastMs;
      waiter.resolve({
        sizeBytes: this.#sizeBytes,
        longestSilenceMs: Math.max(this.#longestSilenceMs, silenceMs),
        ...(this.#ended !== undefined && { hash: this.#ended }),
      });
    }
  }
}
