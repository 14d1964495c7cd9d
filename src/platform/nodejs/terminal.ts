// The terminal that a program runs in: its arguments, its outputs, its input, and the number it ends with.

import { once } from "node:events";
import { StringDecoder } from "node:string_decoder";

export class Terminal {
  /** What was typed behind the program's name. */
  readonly words: readonly string[] = process.argv.slice(2);
  #interruption: AbortController | undefined;

  constructor() {
    // Whoever reads has read enough (`glow ls | head`): there is nobody to tell.
    process.stdout.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(0);
      throw error;
    });
  }

  /** A line for whoever uses the result. */
  print(line: string): void {
    process.stdout.write(`${line}\n`);
  }

  /** A line for a person, about what goes on or went wrong. */
  tell(line: string): void {
    process.stderr.write(`${line}\n`);
  }

  /** Bytes for whoever uses the result. Resolves when there is room for more. */
  async write(bytes: Uint8Array): Promise<void> {
    if (!process.stdout.write(bytes)) await once(process.stdout, "drain");
  }

  /** Text for a person that is no line yet, or that moves the cursor. */
  draw(text: string): void {
    process.stderr.write(text);
  }

  /** As `draw`, where the result is shown: of views that go on. */
  drawResult(text: string): void {
    process.stdout.write(text);
  }

  /** Bytes as text, piece by piece: no character is cut where a piece ends. */
  async *text(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
    const decoder = new StringDecoder("utf8");
    for await (const piece of pieces) yield decoder.write(piece);
    yield decoder.end();
  }

  /** What is given to the program on its input. */
  async *input(): AsyncGenerator<Uint8Array> {
    for await (const chunk of process.stdin) yield chunk as Buffer;
  }

  /** Whether a person reads the result, what is told, and types the input. */
  get showsResults(): boolean {
    return process.stdout.isTTY;
  }

  get showsTold(): boolean {
    return process.stderr.isTTY;
  }

  get isTyped(): boolean {
    return process.stdin.isTTY;
  }

  /** Whether the result may have colours: https://no-color.org, and FORCE_COLOR as other programs take it. */
  get hasColors(): boolean {
    const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
    if (NO_COLOR !== undefined && NO_COLOR !== "") return false;
    if (FORCE_COLOR !== undefined && FORCE_COLOR !== "" && FORCE_COLOR !== "0") return true;
    return process.stdout.isTTY && TERM !== "dumb";
  }

  /** Of what results are shown in. */
  get columns(): number {
    return process.stdout.columns ?? 100;
  }

  get rows(): number {
    return process.stdout.rows ?? 24;
  }

  /** Of what is told. */
  get toldColumns(): number {
    return process.stderr.columns ?? 100;
  }

  /** Resolves when somebody wants the program to end: Ctrl-C, or a service manager. A second time ends it at once. */
  stopped(): Promise<void> {
    return new Promise((resolve) => {
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
    });
  }

  /** Aborts as `stopped` resolves. */
  get interruption(): AbortSignal {
    if (this.#interruption === undefined) {
      const interruption = new AbortController();
      this.#interruption = interruption;
      void this.stopped().then(() => interruption.abort());
    }
    return this.#interruption.signal;
  }

  /** Whether a command that heeds `interruption` was told to end. */
  get wasInterrupted(): boolean {
    return this.#interruption?.signal.aborted === true;
  }

  /** The process ends with this number, once nothing is left to do: what was printed is not cut off. */
  endWith(code: number): void {
    process.exitCode = code;
  }

  /** At once, whatever is still under way. */
  quit(code: number): never {
    process.exit(code);
  }
}
