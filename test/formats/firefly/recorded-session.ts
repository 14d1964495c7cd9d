// Two sessions over pipes that note what passes.

import { concatBytes } from "#base/bytes.ts";
import { memoryPipes } from "#firefly/pipes/memory.ts";
import { FireflySession } from "#firefly/session/session.ts";
import type { Pipe } from "#glow";
import { NodeClock } from "#platform/nodejs/clock.ts";
import { NodeTimers } from "#platform/nodejs/timers.ts";
import { EchoInterface, EchoStub } from "../../interfaces/generated/sample.ts";
import { SampleEcho } from "../../interfaces/sample-echo.ts";
import { FrameText } from "./frame-text.ts";

export interface RecordedPacket {
  readonly from: "caller" | "host";
  readonly hex: string;
  readonly frames: readonly string[];
}

export interface Recorded {
  readonly echo: EchoStub;
  readonly packets: RecordedPacket[];
  end(): Promise<void>;
}

/** A caller and a host of the sample interface. */
export function recordedSession(): Recorded {
  const timers = new NodeTimers();
  const clock = new NodeClock();
  const packets: RecordedPacket[] = [];
  const [near, far] = memoryPipes(timers);
  const root = { type: EchoInterface, object: new SampleEcho(timers) };
  const host = new FireflySession(noting(far, "host", packets), { timers, clock, root });
  const caller = new FireflySession(noting(near, "caller", packets), { timers, clock });
  return {
    echo: caller.root(EchoStub),
    packets,
    end: async () => {
      caller.close();
      await host.closed;
    },
  };
}

function noting(pipe: Pipe, from: RecordedPacket["from"], packets: RecordedPacket[]): Pipe {
  const text = new FrameText();
  return {
    attach: (receiver) => pipe.attach(receiver),
    send: (parts) => {
      const packet = concatBytes(parts);
      packets.push({ from, hex: packet.toHex(), frames: text.packet(packet) });
      return pipe.send(parts);
    },
    get bufferedBytes() {
      return pipe.bufferedBytes;
    },
    close: () => pipe.close(),
  };
}
