// An acceptor that sends every packet back.

import type { Pipe } from "#glow";

export function echoPipe(pipe: Pipe): void {
  pipe.attach({
    packet: (bytes, start, end) => void pipe.send([bytes.subarray(start, end)]),
    drained: () => undefined,
    closed: () => undefined,
  });
}
