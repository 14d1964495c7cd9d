// A node with a store, in a process of its own, as its test sees it: calls with answers. It can be killed at any moment,
// and started again on the same home.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { nodeFlags } from "../../../scripts/node-flags.mjs";
import { HostProcess } from "../namespaces.ts";
import type { StoreHostCall, StoreHostMessage, StoreHostOptions, StoreHostStatus } from "./host-messages.ts";

const program = join(import.meta.dirname, "host.ts");

export class StoreHost {
  readonly #process: HostProcess;
  readonly #name: string;
  readonly #calls = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>();
  readonly #ready = Promise.withResolvers<string>();
  #count = 0;

  private constructor(name: string, process: HostProcess) {
    this.#name = name;
    this.#process = process;
    // A host that is killed before it was ready fails whoever waits, and nobody else.
    this.#ready.promise.catch(() => undefined);
    void this.#listen();
  }

  /** Resolves when it is up. */
  static async start(options: StoreHostOptions): Promise<StoreHost> {
    const host = StoreHost.launch(options);
    await host.ready;
    return host;
  }

  static launch(options: StoreHostOptions): StoreHost {
    const args = [...nodeFlags, program, JSON.stringify(options)];
    const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
    return new StoreHost(options.name, new HostProcess(child, options.name));
  }

  /** Its node's id, when it is up. */
  get ready(): Promise<string> {
    return this.#ready.promise;
  }

  get pid(): number {
    return this.#process.pid;
  }

  call<Answer>(call: StoreHostCall): Promise<Answer> {
    const number = ++this.#count;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#calls.set(number, { resolve, reject });
    this.#process.say({ ...call, number });
    return promise as Promise<Answer>;
  }

  status(): Promise<StoreHostStatus> {
    return this.call({ do: "status" });
  }

  /** Without a goodbye. */
  kill(): Promise<void> {
    return this.#process.kill();
  }

  async stop(): Promise<void> {
    await this.call({ do: "stop" });
    await this.kill();
  }

  async #listen(): Promise<void> {
    try {
      for (;;) this.#heard(await this.#process.hear<StoreHostMessage>());
    } catch (error) {
      const gone = error instanceof Error ? error : new Error(String(error));
      this.#ready.reject(gone);
      for (const { reject } of this.#calls.values()) reject(gone);
    }
  }

  #heard(message: StoreHostMessage): void {
    if ("ready" in message) return this.#ready.resolve(message.node);
    const call = this.#calls.get(message.call);
    this.#calls.delete(message.call);
    if ("kind" in message) call?.reject(new Error(`${this.#name}: ${message.kind}: ${message.message}`));
    else call?.resolve(message.answer);
  }
}
