// What became of a transfer of many files: counted, and what failed told by name while the others go on.

import { GlowError } from "#base/errors.ts";
import { countText, durationText, sizeText } from "./amounts.ts";
import { exitCodes, type Face, showError } from "./face.ts";
import { safeText } from "./safe-text.ts";
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
  /** Of files that were broken off before: what was there already. */
  resumedBytes = 0;
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
      if (!(thrown instanceof GlowError)) throw thrown;
      // What is full is told of the file that found no room, not of where the node would have put it.
      if (thrown.kind === "exhausted") throw aimed(thrown, path);
      if (fatal.includes(thrown.kind)) throw thrown;
      this.fail(path, thrown);
    }
  }

  fail(path: string, error: GlowError): void {
    this.#failures.push({ path, kind: error.kind, message: error.message });
    this.#progress.note(showError(aimed(error, path)));
  }

  /** A file that was broken off is gone on with, behind so many bytes. */
  resume(path: string, bytes: number, sizeBytes: number): void {
    if (bytes === 0) return;
    this.resumedBytes += bytes;
    this.#progress.skip(bytes);
    const message = `was broken off; it goes on at ${sizeText(bytes)} of ${sizeText(sizeBytes)}`;
    this.#progress.note(`glow: ${safeText(path)} ${message}`);
  }

  /** Says how it went, and yields the number to end with. */
  finish({ output, json }: NodeContext, target: string): number {
    const { files, folders, links, unchanged } = this;
    const bytes = this.#progress.movedBytes;
    const failed = this.#failures;
    if (json) {
      output.json({ target, files, folders, links, unchanged, bytes, resumedBytes: this.resumedBytes, failed });
    } else {
      const parts = [
        ...(files > 0 || links + unchanged === 0 ? [`${countText(files, "file")}, ${sizeText(bytes)}`] : []),
        ...(this.resumedBytes > 0 ? [`${sizeText(this.resumedBytes)} were there from before`] : []),
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

/** After Ctrl-C, or when the node has gone. */
export function tellHowToGoOn({ terminal }: Face, thrown: unknown): void {
  const hasGone = thrown instanceof GlowError && thrown.kind === "disconnected";
  if (terminal.wasInterrupted) terminal.tell("glow: what is done is kept; the same command goes on from there");
  else if (hasGone)
    terminal.tell(
      "glow: what is done is kept; once the node runs again (`glow start`), the same command goes on from there",
    );
}

function aimed({ kind, op, message, cause }: GlowError, target: string): GlowError {
  return new GlowError(kind, op, { target, message, cause });
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
