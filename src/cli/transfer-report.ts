// What became of a transfer of many files: counted, and what failed told by name while the others go on.

import { GlowError } from "#base/errors.ts";
import { countText, durationText, sizeText } from "./amounts.ts";
import { exitCodes, type Face, showError } from "./face.ts";
import type { NodeContext } from "./node-command.ts";
import type { TransferProgress } from "./transfer-progress.ts";

export interface TransferFailure {
  readonly path: string;
  readonly kind: string;
  readonly message: string;
}

/** After these, there is no use in trying the next file. */
const fatal: readonly string[] = ["disconnected", "cancelled", "exhausted", "released", "protocol", "internal"];

export class TransferReport {
  files = 0;
  folders = 0;
  links = 0;
  /** Files and links that were the same already. */
  unchanged = 0;
  readonly #failures: TransferFailure[] = [];
  readonly #progress: TransferProgress;

  constructor(progress: TransferProgress) {
    this.#progress = progress;
  }

  /** Does one thing; a failure of its own is noted, one of the whole is thrown. */
  async attempt(path: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      if (!(thrown instanceof GlowError) || fatal.includes(thrown.kind)) throw thrown;
      this.fail(path, thrown);
    }
  }

  fail(path: string, error: GlowError): void {
    this.#failures.push({ path, kind: error.kind, message: error.message });
    this.#progress.note(showError(new GlowError(error.kind, error.op, { target: path, message: error.message })));
  }

  /** Says how it went, and yields the number to end with. */
  finish({ output, json }: NodeContext, target: string): number {
    const { files, folders, links, unchanged } = this;
    const bytes = this.#progress.movedBytes;
    const failed = this.#failures;
    if (json) {
      output.json({ target, files, folders, links, unchanged, bytes, failed });
    } else {
      const parts = [
        ...(files > 0 || links + unchanged === 0 ? [`${countText(files, "file")}, ${sizeText(bytes)}`] : []),
        ...(links > 0 ? [countText(links, "link")] : []),
        ...(unchanged > 0 ? [`${unchanged} unchanged`] : []),
        ...(failed.length > 0 ? [`${failed.length} failed`] : []),
      ];
      output.line(`${target}: ${parts.join(", ")}, in ${this.#elapsedText()}`);
    }
    return failed.length === 0 ? exitCodes.done : exitCodes.failed;
  }

  #elapsedText(): string {
    const { elapsedMs } = this.#progress;
    return elapsedMs < 1000 ? `${Math.round(elapsedMs)} ms` : durationText(elapsedMs);
  }
}

/** After Ctrl-C. */
export function tellHowToGoOn({ terminal }: Face): void {
  if (terminal.wasInterrupted) terminal.tell("glow: what is done is kept; the same command goes on from there");
}

/** Runs over all items, so many at a time. With the first failure no further are begun. */
export async function inParallel<Item>(
  items: AsyncIterable<Item> | Iterable<Item>,
  most: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  let failure: { readonly thrown: unknown } | undefined;
  try {
    for await (const item of items) {
      const done = work(item).then(
        () => void running.delete(done),
        (thrown: unknown) => {
          running.delete(done);
          failure ??= { thrown };
        },
      );
      running.add(done);
      if (running.size >= most) await Promise.race(running);
      if (failure !== undefined) break;
    }
  } finally {
    await Promise.all(running);
  }
  if (failure !== undefined) throw failure.thrown;
}
