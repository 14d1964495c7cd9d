// Cap'n Web over the WebSocket of `ws`, as its README shows it. The stream of items is what it offers for streams: a
// ReadableStream of one chunk per item, under its own flow control. Dependent calls are pipelined.

import { once } from "node:events";
import { createServer } from "node:http";
import { newWebSocketRpcSession, type RpcStub, RpcTarget } from "capnweb";
import { WebSocket, WebSocketServer } from "ws";
import { listenOnLoopback } from "./loopback.ts";
import { Chain, type Client, item, type Message, type Stack } from "./stack.ts";

class ChainTarget extends RpcTarget {
  readonly #chain: Chain;

  constructor(chain: Chain) {
    super();
    this.#chain = chain;
  }

  next(): ChainTarget {
    return new ChainTarget(this.#chain.next());
  }

  value(): number {
    return this.#chain.value();
  }
}

class ListenerTarget extends RpcTarget {
  heard(text: string): string {
    return text;
  }
}

class EchoTarget extends RpcTarget {
  echo(message: Message): Message {
    return message;
  }

  put(bytes: Uint8Array): number {
    return bytes.length;
  }

  items(count: number): ReadableStream<Message> {
    let next = 0;
    return new ReadableStream<Message>({
      pull(controller) {
        if (next === count) controller.close();
        else controller.enqueue(item(next++));
      },
    });
  }

  first(): ChainTarget {
    return new ChainTarget(new Chain());
  }

  async call(listener: RpcStub<ListenerTarget>, text: string): Promise<string> {
    return await listener.heard(text);
  }
}

class CapnwebClient implements Client {
  readonly pipelines = true;
  readonly #webSocket: WebSocket;
  readonly #root: RpcStub<EchoTarget>;

  constructor(webSocket: WebSocket) {
    this.#webSocket = webSocket;
    this.#root = newWebSocketRpcSession<EchoTarget>(asStandard(webSocket));
  }

  async echo(message: Message): Promise<Message> {
    return this.#root.echo(message);
  }

  async put(bytes: Uint8Array): Promise<number> {
    return this.#root.put(bytes);
  }

  async items(count: number, each: (message: Message) => void): Promise<void> {
    const stream = (await this.#root.items(count)) as ReadableStream<Message>;
    for await (const message of stream) each(message);
  }

  async dependent(): Promise<number> {
    using first = this.#root.first();
    using second = first.next();
    using third = second.next();
    using fourth = third.next();
    return await fourth.value();
  }

  async callBack(text: string): Promise<string> {
    return await this.#root.call(new ListenerTarget(), text);
  }

  close(): void {
    this.#webSocket.terminate();
  }
}

/** The library is written for the browser's WebSocket, which that of `ws` resembles in all that it uses. */
function asStandard(webSocket: unknown): globalThis.WebSocket {
  return webSocket as globalThis.WebSocket;
}

export const stack: Stack = {
  serve() {
    const server = createServer();
    const sockets = new WebSocketServer({ server, perMessageDeflate: false });
    sockets.on("connection", (webSocket) => void newWebSocketRpcSession(asStandard(webSocket), new EchoTarget()));
    return listenOnLoopback(server);
  },
  async connect(port) {
    const webSocket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
    await once(webSocket, "open");
    return new CapnwebClient(webSocket);
  },
};
