// The log of a node, to be read and followed. Who follows it slowly misses lines, and is told how many.

import { nodeLimits } from "#base/limits.ts";
import type { Subscription } from "#glow";
import type { Log, LogLevel, LogLine } from "#interfaces/generated/log.ts";

/** What has been told lately, and what is told from now on. */
export interface LogSource {
  recent(): readonly LogLine[];
  watch(told: (line: LogLine) => void): Subscription;
}

const levels: readonly LogLevel[] = ["error", "warning", "info", "debug"];

/** Whether a line is as serious as is asked for. */
export function isTold(line: LogLevel, asked: LogLevel): boolean {
  return levels.indexOf(line) <= levels.indexOf(asked);
}

export class LogService implements Log {
  readonly #source: LogSource;

  constructor(source: LogSource) {
    this.#source = source;
  }

  recent(limit: number, level: LogLevel = "debug"): LogLine[] {
    const most = Math.min(limit, nodeLimits.logLines);
    const lines = this.#source.recent().filter((line) => isTold(line.level, level));
    return most === 0 ? [] : lines.slice(-most);
  }

  follow(level: LogLevel = "debug"): AsyncIterable<LogLine> {
    return new LogStream(this.#source, level);
  }
}

class LogStream implements AsyncIterableIterator<LogLine> {
  readonly #watching: Subscription;
  readonly #waiting: LogLine[] = [];
  #missed = 0;
  #isOver = false;
  #wake: (() => void) | undefined;

  constructor(source: LogSource, level: LogLevel) {
    this.#watching = source.watch((line) => {
      if (isTold(line.level, level)) this.#add(line);
    });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<LogLine>> {
    while (this.#waiting.length === 0 && !this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const line = this.#isOver ? undefined : this.#waiting.shift();
    if (line === undefined) return { done: true, value: undefined };
    if (this.#missed === 0) return { done: false, value: line };
    const missed = this.#missed;
    this.#missed = 0;
    return { done: false, value: { ...line, missed } };
  }

  return(): Promise<IteratorResult<LogLine>> {
    this.#isOver = true;
    this.#watching.stop();
    this.#wake?.();
    return Promise.resolve({ done: true, value: undefined });
  }

  #add(line: LogLine): void {
    if (this.#waiting.length >= nodeLimits.logBacklog) {
      this.#waiting.shift();
      this.#missed++;
    }
    this.#waiting.push(line);
    this.#wake?.();
  }
}
