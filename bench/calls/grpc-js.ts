// gRPC with grpc-js and the proto-loader: HTTP/2 without TLS, one channel, everything else at its defaults. Items are a
// server-side stream. It has no pipelining, so dependent calls wait for one another.

import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { ChainTable, type Client, item, type Message, type Stack } from "./stack.ts";

interface Bytes {
  readonly content: Uint8Array;
}

interface Numeral {
  readonly value: number;
}

const proto = join(import.meta.dirname, "grpc-js.proto");

function loadService(): grpc.ServiceDefinition {
  return loadSync(proto, { keepCase: true, longs: Number, defaults: true })["bench.Echo"] as grpc.ServiceDefinition;
}

function unary<Argument, Result>(handler: (argument: Argument) => Result): grpc.handleUnaryCall<Argument, Result> {
  return (call, callback) => callback(null, handler(call.request));
}

function sendItems(call: grpc.ServerWritableStream<Numeral, Message>): void {
  let next = 0;
  const fill = (): void => {
    while (next < call.request.value) {
      if (!call.write(item(next++))) {
        call.once("drain", fill);
        return;
      }
    }
    call.end();
  };
  fill();
}

class GrpcClient implements Client {
  readonly pipelines = false;
  readonly #client: grpc.Client;
  readonly #service = loadService();

  constructor(port: number) {
    this.#client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  }

  ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#client.waitForReady(Date.now() + 10_000, (error) => (error === undefined ? resolve() : reject(error)));
    });
  }

  #method(name: string): grpc.MethodDefinition<unknown, unknown> {
    const method = this.#service[name];
    if (method === undefined) throw new RangeError(`the service has no method ${name}`);
    return method;
  }

  #call<Result>(name: string, argument: unknown): Promise<Result> {
    const { path, requestSerialize, responseDeserialize } = this.#method(name);
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(path, requestSerialize, responseDeserialize, argument, (error, result) => {
        if (error === null) resolve(result as Result);
        else reject(error);
      });
    });
  }

  echo(message: Message): Promise<Message> {
    return this.#call("Echo", message);
  }

  async put(bytes: Uint8Array): Promise<number> {
    return (await this.#call<Numeral>("Put", { content: bytes } satisfies Bytes)).value;
  }

  items(count: number, each: (message: Message) => void): Promise<void> {
    const { path, requestSerialize, responseDeserialize } = this.#method("Items");
    const stream = this.#client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, { value: count });
    return new Promise((resolve, reject) => {
      stream.on("data", each);
      stream.on("end", resolve);
      stream.on("error", reject);
    });
  }

  async dependent(): Promise<number> {
    let handle = await this.#call<Numeral>("First", {});
    for (let i = 0; i < 3; i++) handle = await this.#call<Numeral>("Next", handle);
    return (await this.#call<Numeral>("Value", handle)).value;
  }

  close(): void {
    this.#client.close();
  }
}

export const stack: Stack = {
  serve() {
    const chains = new ChainTable();
    const server = new grpc.Server();
    server.addService(loadService(), {
      Echo: unary((message: Message) => message),
      Put: unary(({ content }: Bytes): Numeral => ({ value: content.length })),
      Items: sendItems,
      First: unary((): Numeral => ({ value: chains.first() })),
      Next: unary(({ value }: Numeral): Numeral => ({ value: chains.next(value) })),
      Value: unary(({ value }: Numeral): Numeral => ({ value: chains.value(value) })),
    });
    return new Promise((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
        if (error === null) resolve(port);
        else reject(error);
      });
    });
  },
  async connect(port) {
    const client = new GrpcClient(port);
    await client.ready();
    return client;
  },
};
