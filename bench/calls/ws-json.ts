// The usual hand-made service of the web: JSON texts over a WebSocket, one per message, as `ws` sends them. Bytes are
// base64, objects are numbers in a table of the server, a stream is one text for each item.

import { once } from "node:events";
import { createServer } from "node:http";
import { type RawData, WebSocket, WebSocketServer } from "ws";
import { listenOnLoopback } from "./loopback.ts";
import { ChainTable, type Client, item, type Message, type Stack } from "./stack.ts";

type Method = "echo" | "put" | "items" | "first" | "next" | "value";

interface Request {
  readonly call: number;
  readonly method: Method;
  readonly argument: unknown;
}

interface Reply {
  readonly call: number;
  readonly item?: Message;
  readonly result?: unknown;
}

/** Items sent before the server waits for them to leave. */
const itemsPerWait = 1000;

function serveWebSocket(webSocket: WebSocket): void {
  const chains = new ChainTable();
  const answer = (reply: Reply): void => webSocket.send(JSON.stringify(reply));
  webSocket.on("message", (data: RawData) => {
    const { call, method, argument } = JSON.parse(data.toString()) as Request;
    if (method === "echo") answer({ call, result: argument });
    else if (method === "put") answer({ call, result: Uint8Array.fromBase64(argument as string).length });
    else if (method === "items") void sendItems(webSocket, call, argument as number);
    else if (method === "first") answer({ call, result: chains.first() });
    else if (method === "next") answer({ call, result: chains.next(argument as number) });
    else answer({ call, result: chains.value(argument as number) });
  });
}

async function sendItems(webSocket: WebSocket, call: number, count: number): Promise<void> {
  for (let next = 0; next < count; next++) {
    const text = JSON.stringify({ call, item: item(next) });
    if (next % itemsPerWait !== itemsPerWait - 1) webSocket.send(text);
    else await new Promise((sent) => webSocket.send(text, sent));
  }
  webSocket.send(JSON.stringify({ call, result: count }));
}

class WsJsonClient implements Client {
  readonly pipelines = false;
  readonly #webSocket: WebSocket;
  readonly #calls = new Map<number, { resolve: (result: unknown) => void; each?: (message: Message) => void }>();
  #nextCall = 0;

  constructor(webSocket: WebSocket) {
    this.#webSocket = webSocket;
    webSocket.on("message", (data: RawData) => this.#receive(JSON.parse(data.toString()) as Reply));
  }

  #receive(reply: Reply): void {
    const call = this.#calls.get(reply.call);
    if (call === undefined) return;
    if (reply.item !== undefined) {
      call.each?.(reply.item);
      return;
    }
    this.#calls.delete(reply.call);
    call.resolve(reply.result);
  }

  #call<Result>(method: Method, argument: unknown, each?: (message: Message) => void): Promise<Result> {
    return new Promise((resolve) => {
      const call = this.#nextCall++;
      this.#calls.set(call, { resolve: resolve as (result: unknown) => void, ...(each && { each }) });
      this.#webSocket.send(JSON.stringify({ call, method, argument } satisfies Request));
    });
  }

  echo(message: Message): Promise<Message> {
    return this.#call("echo", message);
  }

  put(bytes: Uint8Array): Promise<number> {
    return this.#call("put", bytes.toBase64());
  }

  async items(count: number, each: (message: Message) => void): Promise<void> {
    await this.#call("items", count, each);
  }

  async dependent(): Promise<number> {
    let handle = await this.#call<number>("first", null);
    for (let i = 0; i < 3; i++) handle = await this.#call<number>("next", handle);
    return this.#call("value", handle);
  }

  close(): void {
    this.#webSocket.terminate();
  }
}

export const stack: Stack = {
  serve() {
    const server = createServer();
    new WebSocketServer({ server, perMessageDeflate: false }).on("connection", serveWebSocket);
    return listenOnLoopback(server);
  },
  async connect(port) {
    const webSocket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
    await once(webSocket, "open");
    return new WsJsonClient(webSocket);
  },
};
