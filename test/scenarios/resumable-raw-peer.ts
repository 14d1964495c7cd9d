// A peer of resumable pipes that follows no protocol: it sends what a script tells it, and keeps what it gets.

import { resumableLimits } from "#base/limits.ts";
import { type ControlMessage, decodeMessage, encodeMessage, type Hello } from "#firefly/resumable/message.ts";
import type { Pipe } from "#glow";
import { RecordingReceiver } from "../compliance/recording-receiver.ts";

export const hello: Hello = { type: "hello", attempt: 0, windowBytes: resumableLimits.windowBytes };

export class RawPeer extends RecordingReceiver {
  readonly pipe: Pipe;

  constructor(pipe: Pipe) {
    super();
    this.pipe = pipe;
    pipe.attach(this);
  }

  send(message: ControlMessage | Uint8Array): void {
    this.pipe.send([message instanceof Uint8Array ? message : encodeMessage(message)]);
  }

  /** Waits for a message of this type, and returns the first one. */
  async message<Type extends ControlMessage["type"]>(type: Type): Promise<Extract<ControlMessage, { type: Type }>> {
    const find = () =>
      this.packets
        .filter(isControl)
        .map(decodeMessage)
        .find((message) => message.type === type);
    await this.until(() => find() !== undefined || this.ends.length > 0);
    return find() as Extract<ControlMessage, { type: Type }>;
  }
}

function isControl(packet: Uint8Array): boolean {
  return packet[0] !== 4 && packet[0] !== 5 && packet[0] !== 6;
}
