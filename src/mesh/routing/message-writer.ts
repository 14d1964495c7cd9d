// Puts records together to as few messages as their limits allow. The layout is described in message.ts.

import { routingLimits } from "#base/limits.ts";
import type { Announcement } from "./announcement.ts";
import { recordType } from "./message.ts";

const nothing = new Uint8Array(0);

export class MessageWriter {
  #send: (message: Uint8Array) => void = () => undefined;
  readonly #buffer = new Uint8Array(routingLimits.messageBytes);
  #length = 0;
  #records = 0;

  /** From now on `send` gets each message that is full, and by `finish` the last one. */
  begin(send: (message: Uint8Array) => void): void {
    this.#send = send;
  }

  route(metric: number, hops: number, { bytes }: Announcement): void {
    this.#record(recordType.route, [metric, hops], bytes);
  }

  retract(id: Uint8Array): void {
    this.#record(recordType.retract, [], id);
  }

  request(hopsLeft: number, { bytes }: Announcement): void {
    this.#record(recordType.request, [hopsLeft], bytes);
  }

  remind({ bytes }: Announcement): void {
    this.#record(recordType.remind, [], bytes);
  }

  sync(number: number): void {
    this.#record(recordType.sync, [number], nothing);
  }

  synced(number: number): void {
    this.#record(recordType.synced, [number], nothing);
  }

  resend(): void {
    this.#record(recordType.resend, [], nothing);
  }

  finish(): void {
    if (this.#length > 0) this.#send(this.#buffer.slice(0, this.#length));
    this.#length = 0;
    this.#records = 0;
  }

  #record(type: number, numbers: readonly number[], rest: Uint8Array): void {
    let length = rest.length;
    for (const each of numbers) length += varintBytes(each);
    const whole = 1 + varintBytes(length) + length;
    const isFull = this.#records === routingLimits.recordsPerMessage || this.#length + whole > this.#buffer.length;
    if (isFull) this.finish();
    this.#buffer[this.#length++] = type;
    this.#number(length);
    for (const each of numbers) this.#number(each);
    this.#buffer.set(rest, this.#length);
    this.#length += rest.length;
    this.#records++;
  }

  /** Straight into the buffer: a table of thousands of routes would make an array for each of its numbers. */
  #number(value: number): void {
    let left = value;
    while (left > 127) {
      this.#buffer[this.#length++] = (left % 128) | 128;
      left = Math.floor(left / 128);
    }
    this.#buffer[this.#length++] = left;
  }
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let left = value; left > 127; left = Math.floor(left / 128)) bytes++;
  return bytes;
}
