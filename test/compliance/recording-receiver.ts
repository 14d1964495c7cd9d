// A PipeReceiver that keeps all it is told, for tests. Packets are kept as the views they came as, so that a pipe
// which writes again to bytes it gave away is found out.

import type { GlowError } from "#base/errors.ts";
import type { PipeReceiver } from "#glow";

export class RecordingReceiver implements PipeReceiver {
  readonly packets: Uint8Array[] = [];
  readonly ends: GlowError[] = [];
  drains = 0;
  /** Calls that came after `closed`, which must be the last. */
  late = 0;
  /** Called for each packet, after it was kept. */
  onPacket: (packet: Uint8Array) => void = () => undefined;
  #waiting: { condition: () => boolean; resolve: () => void }[] = [];

  /** The packets, as their bytes are now. */
  get arrived(): readonly Uint8Array[] {
    return this.packets;
  }

  packet(bytes: Uint8Array, start: number, end: number): void {
    this.#countLate();
    const packet = bytes.subarray(start, end);
    this.packets.push(packet);
    this.onPacket(packet);
    this.#wake();
  }

  drained(): void {
    this.#countLate();
    this.drains++;
    this.#wake();
  }

  closed(reason: GlowError): void {
    this.#countLate();
    this.ends.push(reason);
    this.#wake();
  }

  /** Resolves once `condition` holds; it is looked at after each call. */
  until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ condition, resolve }));
  }

  untilPackets(count: number): Promise<void> {
    return this.until(() => this.packets.length >= count);
  }

  async untilClosed(): Promise<GlowError> {
    await this.until(() => this.ends.length > 0);
    return this.ends[0] as GlowError;
  }

  #countLate(): void {
    if (this.ends.length > 0) this.late++;
  }

  #wake(): void {
    this.#waiting = this.#waiting.filter(({ condition, resolve }) => {
      if (!condition()) return true;
      resolve();
      return false;
    });
  }
}
