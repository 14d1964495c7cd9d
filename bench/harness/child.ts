// Processes that measure. The parent asks and a child answers, one request at a time, over the channel that Node keeps
// between them. A child ends with its channel, so none outlives the parent, however that ends.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { basename, resolve } from "node:path";

export type Answer = { readonly result: unknown } | { readonly failure: string };

/** Halves the time that a process takes to start; what it measures later is compiled by use, as ever. */
const compileCache = resolve(import.meta.dirname, "../../.cache/compile");
/** How long a child may take to notice that its channel was closed. */
const patienceMs = 2000;

export class Child {
  readonly #process: ChildProcess;
  readonly #name: string;
  #waiting: PromiseWithResolvers<unknown> | undefined;
  #ended: Error | undefined;

  /** `under`: a command that is to run Node; `flags`: for Node itself. */
  constructor(script: string, under: readonly string[] = [], flags: readonly string[] = []) {
    this.#name = basename(script);
    const [execPath, ...execArgv] = [...under, process.execPath, ...flags];
    const env = { ...process.env, NODE_COMPILE_CACHE: compileCache };
    this.#process = fork(script, [], { execPath, execArgv, env, serialization: "advanced" });
    this.#process.on("message", (answer) => this.#answer(answer as Answer));
    this.#process.on("error", (error) => this.#end(error));
    this.#process.on("exit", (code, signal) => this.#end(new Error(`${this.#name} ended (${signal ?? code})`)));
  }

  async request<Result>(request: object): Promise<Result> {
    if (this.#ended !== undefined) throw this.#ended;
    if (this.#waiting !== undefined) throw new Error(`${this.#name} is still busy with the last request`);
    this.#waiting = Promise.withResolvers();
    this.#process.send(request);
    return (await this.#waiting.promise) as Result;
  }

  #answer(answer: Answer): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if ("result" in answer) waiting?.resolve(answer.result);
    else waiting?.reject(new Error(`${this.#name}: ${answer.failure}`));
  }

  #end(error: Error): void {
    this.#ended ??= error;
    this.#waiting?.reject(this.#ended);
    this.#waiting = undefined;
  }

  /** Resolves when the process is gone. What it was asked for and has not answered fails. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exit = once(this.#process, "exit");
    if (this.#process.connected) this.#process.disconnect();
    const hurry = setTimeout(() => this.#process.kill("SIGKILL"), patienceMs);
    await exit;
    clearTimeout(hurry);
  }
}

/** The child's side: answers each request by what `handle` returns or throws. */
export function answerParent<Request>(handle: (request: Request) => unknown): void {
  // Ctrl-C reaches every process of the terminal; what is to be stopped, and when, is for the parent to say.
  process.on("SIGINT", () => undefined);
  process.on("disconnect", () => process.exit());
  process.on("message", (request) => {
    void (async () => handle(request as Request))().then(
      (result) => process.send?.({ result } satisfies Answer),
      (error: unknown) => {
        const failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
        process.send?.({ failure } satisfies Answer);
      },
    );
  });
}
