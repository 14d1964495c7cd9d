// The contract of Network. `dialCompliance` is for those that can only dial (a page); `networkCompliance` adds
// listening, and runs the former against a listener of its own.

import { expect, vi } from "vitest";
import type { Address, Listener, Network, Pipe, Timers } from "#glow";
import { echoPipe } from "./echo-pipe.ts";
import { RecordingReceiver } from "./recording-receiver.ts";
import { failure, type MakeSubject, patterned, type Subject, suite } from "./subject.ts";

export interface DialSubject {
  readonly network: Network;
  readonly timers: Timers;
  /** Something listens here and sends every packet back. */
  readonly echo: Address;
  /** Of the same scheme, and nothing listens. */
  readonly dead: Address;
  /** Of a scheme this network has, and not an address. */
  readonly malformed: readonly Address[];
}

export interface NetworkSubject {
  readonly network: Network;
  readonly timers: Timers;
  /** An address to listen on, free and different each time; its port may be 0. */
  freshAddress(): Address;
  readonly malformed: readonly Address[];
}

export function dialCompliance(name: string, make: MakeSubject<DialSubject>): void {
  suite(`Network, dialling: ${name}`, make, (check) => {
    check("dials a pipe that carries packets", async ({ network, echo }) => {
      const end = new RecordingReceiver();
      const pipe = await network.dial(echo);
      pipe.attach(end);
      pipe.send([patterned(1, 1000)]);
      await end.untilPackets(1);
      expect(end.packets[0]).toEqual(patterned(1, 1000));
      pipe.close();
      expect((await end.untilClosed()).kind).toBe("disconnected");
    });

    check("pipes are independent of one another", async ({ network, echo }) => {
      const ends = await Promise.all(
        Array.from({ length: 8 }, async (_, i) => {
          const end = new RecordingReceiver();
          const pipe = await network.dial(echo);
          pipe.attach(end);
          pipe.send([patterned(i, 100 + i)]);
          return { end, pipe };
        }),
      );
      await Promise.all(ends.map(({ end }) => end.untilPackets(1)));
      ends.forEach(({ end }, i) => expect(end.packets).toEqual([patterned(i, 100 + i)]));
      ends[0]?.pipe.close();
      await ends[0]?.end.untilClosed();
      ends[1]?.pipe.send([patterned(99, 5)]);
      await ends[1]?.end.untilPackets(2);
      for (const { pipe } of ends) pipe.close();
      await Promise.all(ends.map(({ end }) => end.untilClosed()));
    });

    check("nobody there is `unavailable`, naming the address", async ({ network, dead }) => {
      const error = await failure(network.dial(dead), "unavailable");
      expect(error.target).toBe(dead);
    });

    check("a scheme it does not know is `unsupported`", async ({ network }) => {
      for (const address of ["carrier-pigeon://roof:1", "javascript:alert(1)", "data:,x"] as Address[]) {
        await failure(network.dial(address), "unsupported");
      }
    });

    check("what is no address is `invalid`", async ({ network, malformed }) => {
      for (const address of ["", "no scheme", ...malformed] as Address[]) {
        const error = await failure(network.dial(address), "invalid");
        expect(error.target).toBe(address);
      }
    });

    check("a signal that was aborted before is `cancelled`", async ({ network, echo }) => {
      const abort = new AbortController();
      abort.abort();
      await failure(network.dial(echo, abort.signal), "cancelled");
    });

    check("an abort while dialling is `cancelled`", async ({ network, echo }) => {
      const abort = new AbortController();
      const dialling = network.dial(echo, abort.signal);
      abort.abort();
      await failure(dialling, "cancelled");
    });

    check("a signal is let go of once the dial is over, and aborts nothing then", async ({ network, echo, dead }) => {
      const abort = new AbortController();
      const count = countListeners(abort.signal);
      const end = new RecordingReceiver();
      const pipe = await network.dial(echo, abort.signal);
      pipe.attach(end);
      await failure(network.dial(dead, abort.signal), "unavailable");
      expect(count()).toBe(0);
      abort.abort();
      pipe.send([patterned(1, 10)]);
      await end.untilPackets(1);
      pipe.close();
      await end.untilClosed();
    });
  });
}

export function networkCompliance(name: string, make: MakeSubject<NetworkSubject>): void {
  dialCompliance(name, () => withEcho(make));

  suite(`Network, listening: ${name}`, make, (check) => {
    check("tells the address as it became, and accepts at it", async ({ network, freshAddress }) => {
      const accepted: Pipe[] = [];
      const listener = await network.listen(freshAddress(), (pipe) => {
        pipe.attach(new RecordingReceiver());
        accepted.push(pipe);
        pipe.send([patterned(accepted.length, 10)]);
      });
      for (let i = 1; i <= 3; i++) {
        const end = new RecordingReceiver();
        const pipe = await network.dial(listener.address);
        pipe.attach(end);
        await end.untilPackets(1);
        expect(end.packets).toEqual([patterned(i, 10)]);
        pipe.close();
        await end.untilClosed();
      }
      expect(accepted.length).toBe(3);
      await listener.close();
    });

    check("an address that is taken is `already-exists`", async ({ network, freshAddress }) => {
      const listener = await network.listen(freshAddress(), () => undefined);
      const error = await failure(
        network.listen(listener.address, () => undefined),
        "already-exists",
      );
      expect(error.target).toBe(listener.address);
      await listener.close();
    });

    check("an unknown scheme is `unsupported`, what is no address is `invalid`", async ({ network, malformed }) => {
      const listen = (address: string) => network.listen(address as Address, () => undefined);
      await failure(listen("carrier-pigeon://roof:1"), "unsupported");
      for (const address of ["", "no scheme", ...malformed]) await failure(listen(address), "invalid");
    });

    check("after close nobody is accepted, the pipes live on, and the address is free", async (subject) => {
      const { network, freshAddress } = subject;
      const server = new RecordingReceiver();
      let accepted: Pipe | undefined;
      const listener = await network.listen(freshAddress(), (pipe) => {
        pipe.attach(server);
        accepted = pipe;
      });
      const end = new RecordingReceiver();
      const pipe = await network.dial(listener.address);
      pipe.attach(end);
      pipe.send([patterned(1, 10)]);
      await server.untilPackets(1);

      await listener.close();
      await listener.close();
      await failure(network.dial(listener.address), "unavailable");
      accepted?.send([patterned(2, 10)]);
      await end.untilPackets(1);
      expect(end.packets).toEqual([patterned(2, 10)]);

      const again = await network.listen(listener.address, (next) => next.attach(new RecordingReceiver()));
      const second = new RecordingReceiver();
      const redialled = await network.dial(again.address);
      redialled.attach(second);
      redialled.close();
      pipe.close();
      await Promise.all([second.untilClosed(), end.untilClosed(), server.untilClosed()]);
      await again.close();
    });

    check("a pipe that is closed as it is accepted is heard of by who dialled", async ({ network, freshAddress }) => {
      const server = new RecordingReceiver();
      const listener = await network.listen(freshAddress(), (pipe) => {
        pipe.attach(server);
        pipe.close();
      });
      const end = new RecordingReceiver();
      (await network.dial(listener.address)).attach(end);
      expect((await end.untilClosed()).kind).toBe("disconnected");
      expect((await server.untilClosed()).kind).toBe("disconnected");
      await listener.close();
    });
  });
}

/** The subject of `dialCompliance` on a network that can listen. */
async function withEcho(make: MakeSubject<NetworkSubject>): Promise<Subject<DialSubject>> {
  const subject = await make();
  const { network, timers, malformed } = subject.thing;
  const drive = <Result>(work: Promise<Result>) => (subject.drive === undefined ? work : subject.drive(work));
  const echo = await drive(network.listen(subject.thing.freshAddress(), echoPipe));
  const dead = await drive(unusedAddress(subject.thing));
  return {
    ...subject,
    thing: { network, timers, malformed, echo: echo.address, dead },
    dispose: async () => {
      await drive(echo.close());
      await subject.dispose?.();
    },
  };
}

async function unusedAddress({ network, freshAddress }: NetworkSubject): Promise<Address> {
  const listener: Listener = await network.listen(freshAddress(), () => undefined);
  await listener.close();
  return listener.address;
}

/** How many more abort listeners were added to a signal since than removed from it. */
function countListeners(signal: AbortSignal): () => number {
  const added = vi.spyOn(signal, "addEventListener");
  const removed = vi.spyOn(signal, "removeEventListener");
  return () => added.mock.calls.length - removed.mock.calls.length;
}
