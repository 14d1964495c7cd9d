// Firefly with code generated from test/interfaces/sample.firefly, over TCP and over WebSocket. Dependent calls are
// pipelined; items are read in the batches they come in.

import { FireflySession } from "#firefly/session/session.ts";
import type { Address } from "#glow";
import { NodeClock } from "#platform/nodejs/clock.ts";
import { NodeNetwork } from "#platform/nodejs/network.ts";
import { NodeTimers } from "#platform/nodejs/timers.ts";
import {
  type Echo,
  EchoInterface,
  EchoStub,
  type Listener,
  type ListenerStub,
} from "../../test/interfaces/generated/sample.ts";
import { Chain, type Client, item, type Message, type Stack } from "./stack.ts";

type Served = Pick<Echo, "echo" | "put" | "items" | "call"> & { first(): Chain };

class EchoService implements Served {
  echo(message: Message): Message {
    return message;
  }

  put(data: Uint8Array): number {
    return data.length;
  }

  *items(count: number): Generator<Message> {
    for (let id = 0; id < count; id++) yield item(id);
  }

  call(listener: ListenerStub, text: string): Promise<string> {
    return listener.heard(text);
  }

  first(): Chain {
    return new Chain();
  }
}

class FireflyClient implements Client {
  readonly pipelines = true;
  readonly #session: FireflySession;
  readonly #root: EchoStub;

  constructor(session: FireflySession) {
    this.#session = session;
    this.#root = session.root(EchoStub);
  }

  echo(message: Message): Promise<Message> {
    return this.#root.echo(message);
  }

  put(bytes: Uint8Array): Promise<number> {
    return this.#root.put(bytes);
  }

  async items(count: number, each: (message: Message) => void): Promise<void> {
    using stream = await this.#root.items(count);
    for (;;) {
      const batch = await stream.readBatch();
      if (batch === undefined) return;
      for (const message of batch) each(message);
    }
  }

  async dependent(): Promise<number> {
    using first = this.#root.first();
    using second = first.next();
    using third = second.next();
    using fourth = third.next();
    return await fourth.value();
  }

  callBack(text: string): Promise<string> {
    const listener: Listener = { heard: (heard) => heard };
    return this.#root.call(listener, text);
  }

  close(): void {
    this.#session.close();
  }
}

function fireflyOver(scheme: "tcp" | "ws"): Stack {
  const network = new NodeNetwork();
  const time = { clock: new NodeClock(), timers: new NodeTimers() };
  return {
    async serve() {
      const root = { type: EchoInterface, object: new EchoService() };
      const listener = await network.listen(`${scheme}://127.0.0.1:0` as Address, (pipe) => {
        // The session lives for as long as its pipe.
        void new FireflySession(pipe, { ...time, root });
      });
      return Number(new URL(listener.address).port);
    },
    async connect(port) {
      const pipe = await network.dial(`${scheme}://127.0.0.1:${port}` as Address);
      return new FireflyClient(new FireflySession(pipe, time));
    },
  };
}

export const overTcp = fireflyOver("tcp");
export const overWebSocket = fireflyOver("ws");
