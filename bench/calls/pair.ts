// A client and a server of one stack in two fresh processes, with or without a proxy between them.

import { join } from "node:path";
import { Child } from "../harness/child.ts";
import type { Interruption } from "../harness/interruption.ts";
import { oneCoreCommand } from "../harness/one-core.ts";
import type { ClientRequest, Connected, ProxyRequest, ServerRequest, Timed, Traffic, Work } from "./requests.ts";
import type { StackName } from "./stacks.ts";
import type { WorkloadName } from "./workload.ts";

export interface PairOptions {
  /** With a proxy between them that delays by so much in each direction. */
  readonly oneWayMs?: number;
  /** Both on the same core, where the system can do that. */
  readonly oneCore?: boolean;
}

export class Pair {
  readonly #client: Child;
  readonly #server: Child;
  readonly #proxy: Child | undefined;
  #pipelines = false;

  private constructor(client: Child, server: Child, proxy: Child | undefined) {
    this.#client = client;
    this.#server = server;
    this.#proxy = proxy;
  }

  /** Runs `measure` with a fresh pair. */
  static run<Result>(
    interruption: Interruption,
    stack: StackName,
    { oneWayMs, oneCore = false }: PairOptions,
    measure: (pair: Pair) => Promise<Result>,
  ): Promise<Result> {
    const under = oneCore ? oneCoreCommand : undefined;
    const client = new Child(script("client"), under);
    const server = new Child(script("server"), under);
    const proxy = oneWayMs === undefined ? undefined : new Child(script("proxy"));
    const pair = new Pair(client, server, proxy);
    const children = proxy === undefined ? [client, server] : [client, server, proxy];
    return interruption.withChildren(children, async () => {
      await pair.#connect(stack, oneWayMs ?? 0);
      return measure(pair);
    });
  }

  async #connect(stack: StackName, oneWayMs: number): Promise<void> {
    let port = await this.#server.request<number>({ do: "serve", stack } satisfies ServerRequest);
    const start = { do: "start", port, oneWayMs } satisfies ProxyRequest;
    if (this.#proxy !== undefined) port = await this.#proxy.request<number>(start);
    const connected = await this.#ask<Connected>({ do: "connect", stack, port });
    this.#pipelines = connected.pipelines;
  }

  get pipelines(): boolean {
    return this.#pipelines;
  }

  #ask<Result>(request: ClientRequest): Promise<Result> {
    return this.#client.request<Result>(request);
  }

  offers(workload: WorkloadName): Promise<boolean> {
    return this.#ask({ do: "offers", workload });
  }

  /** The CPU time is that of both processes together. */
  async work(workload: WorkloadName, seconds: number): Promise<Work> {
    const before = await this.#serverCpuUs();
    const work = await this.#ask<Work>({ do: "run", workload, seconds });
    return { ...work, cpuUs: work.cpuUs + (await this.#serverCpuUs()) - before };
  }

  #serverCpuUs(): Promise<number> {
    return this.#server.request<number>({ do: "cpu" } satisfies ServerRequest);
  }

  async echoMs(count: number, lanes: number): Promise<number> {
    return (await this.#ask<Timed>({ do: "echo", count, lanes })).medianMs;
  }

  async dependentMs(count: number): Promise<number> {
    return (await this.#ask<Timed>({ do: "dependent", count })).medianMs;
  }

  /** What has passed the proxy since it was last asked. */
  async traffic(): Promise<Traffic> {
    if (this.#proxy === undefined) throw new Error("there is no proxy between them");
    return this.#proxy.request<Traffic>({ do: "counts" } satisfies ProxyRequest);
  }
}

function script(name: "client" | "server" | "proxy"): string {
  return join(import.meta.dirname, `${name}-process.ts`);
}
