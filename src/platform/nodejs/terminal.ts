// The terminal that a program runs in: its arguments, its two outputs, and the number it ends with.

export class Terminal {
  /** What was typed behind the program's name. */
  readonly words: readonly string[] = process.argv.slice(2);

  /** A line for whoever uses the result. */
  print(line: string): void {
    process.stdout.write(`${line}\n`);
  }

  /** A line for a person, about what goes on or went wrong. */
  tell(line: string): void {
    process.stderr.write(`${line}\n`);
  }

  /** Columns to wrap help at. */
  get columns(): number {
    return process.stdout.columns ?? 100;
  }

  /** Resolves when somebody wants the program to end: Ctrl-C, or a service manager. A second time ends it at once. */
  stopped(): Promise<void> {
    return new Promise((resolve) => {
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
    });
  }

  /** The process ends with this number, once nothing is left to do: what was printed is not cut off. */
  endWith(code: number): void {
    process.exitCode = code;
  }
}
