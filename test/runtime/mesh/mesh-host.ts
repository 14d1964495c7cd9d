// A member node on a host of a test network, as its test sees it: calls with answers, and its state, to be waited for.

import { join } from "node:path";
import type { NodeId } from "#glow";
import type { HostProcess, Namespaces } from "../namespaces.ts";
import type { HostCall, HostMessage, HostOptions, HostState } from "./host-messages.ts";

const program = join(import.meta.dirname, "host.ts");

interface Waiter {
  /** Whether it has what it waited for. */
  look(state: HostState): boolean;
  reject(error: Error): void;
}

/** What a host's node refused to do. */
export class HostError extends Error {
  readonly kind: string;

  constructor(kind: string, message: string) {
    super(message);
    this.kind = kind;
  }
}

export class MeshHost {
  readonly host: string;
  readonly #process: HostProcess;
  readonly #calls = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>();
  readonly #waiters = new Set<Waiter>();
  readonly #met = new Set<NodeId>();
  #state: HostState | undefined;
  #count = 0;

  private constructor(host: string, process: HostProcess) {
    this.host = host;
    this.#process = process;
    void this.#listen();
  }

  /** Resolves when it is up. */
  static async start(network: Namespaces, host: string, options: Omit<HostOptions, "name">): Promise<MeshHost> {
    const process = network.start(host, program, JSON.stringify({ name: host, ...options }));
    const started = new MeshHost(host, process);
    await started.until(() => true);
    return started;
  }

  get pid(): number {
    return this.#process.pid;
  }

  get id(): NodeId {
    return this.state.id;
  }

  get state(): HostState {
    if (this.#state === undefined) throw new Error(`${this.host} has not said anything yet`);
    return this.#state;
  }

  /** A HostError if it is refused. */
  call<Answer>(call: HostCall): Promise<Answer> {
    const number = ++this.#count;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#calls.set(number, { resolve, reject });
    this.#process.say({ ...call, number });
    return promise as Promise<Answer>;
  }

  /** Waits until its state is such, and says how long that took, in ms. */
  until(fits: (state: HostState) => boolean): Promise<number> {
    const sinceMs = performance.now();
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const look = (state: HostState) => {
      const isSo = fits(state);
      if (isSo) resolve(performance.now() - sinceMs);
      return isSo;
    };
    if (this.#state === undefined || !look(this.#state)) this.#waiters.add({ look, reject });
    return promise;
  }

  /** Waits until a path leads to another host. */
  reaches(other: MeshHost): Promise<number> {
    return this.until(({ routes }) => routes[other.id] !== undefined);
  }

  isLinked(other: MeshHost): boolean {
    return this.state.neighbours.includes(other.id);
  }

  /** All that it was linked with since it was last asked, however shortly. */
  met(): readonly NodeId[] {
    const met = [...this.#met];
    this.#met.clear();
    return met;
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
      for (;;) this.#heard(await this.#process.hear<HostMessage>());
    } catch (error) {
      const gone = error instanceof Error ? error : new Error(String(error));
      for (const { reject } of [...this.#calls.values(), ...this.#waiters]) reject(gone);
    }
  }

  #heard(message: HostMessage): void {
    if ("state" in message) {
      this.#state = message.state;
      for (const node of message.state.neighbours) this.#met.add(node);
      for (const waiter of this.#waiters) if (waiter.look(message.state)) this.#waiters.delete(waiter);
      return;
    }
    const call = this.#calls.get(message.call);
    this.#calls.delete(message.call);
    if ("kind" in message) call?.reject(new HostError(message.kind, `${this.host}: ${message.message}`));
    else call?.resolve(message.answer);
  }
}
