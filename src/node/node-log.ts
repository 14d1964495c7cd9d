// What a node tells of its work: the last lines in memory, and each line, as it comes, to whoever listens (a file, a terminal,
// the log that is offered).

import { type GlowError, errorKinds } from "#base/errors.ts";
import { nodeLimits } from "#base/limits.ts";
import type { Clock, Subscription } from "#glow";
import type { LogLevel, LogLine } from "#interfaces/generated/log.ts";
import { isTold, type LogSource } from "#services/log/log-service.ts";

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export class NodeLog implements LogSource {
  /** What is less serious is not told to anybody. */
  level: LogLevel;
  readonly #clock: Clock;
  readonly #lines: LogLine[] = [];
  readonly #watchers = new Set<(line: LogLine) => void>();

  constructor(clock: Clock, level: LogLevel = "info") {
    this.#clock = clock;
    this.level = level;
  }

  recent(): readonly LogLine[] {
    return this.#lines;
  }

  watch(told: (line: LogLine) => void): Subscription {
    const own = (line: LogLine) => told(line);
    this.#watchers.add(own);
    return { stop: () => void this.#watchers.delete(own) };
  }

  tell(level: LogLevel, source: string, text: string, fields: LogFields = {}): void {
    if (!isTold(level, this.level)) return;
    const told = Object.entries(fields).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, cut(`${value}`)]],
    );
    const line: LogLine = {
      at: new Date(this.#clock.wallMs()),
      level,
      source,
      text: cut(text),
      fields: new Map(told.slice(0, nodeLimits.logFields) as [string, string][]),
    };
    this.#lines.push(line);
    if (this.#lines.length > nodeLimits.logLines) this.#lines.shift();
    for (const watcher of this.#watchers) watcher(line);
  }

  info(source: string, text: string, fields?: LogFields): void {
    this.tell("info", source, text, fields);
  }

  /** A defect is an error; what passes by itself, or is somebody else's fault, a warning. */
  problem(source: string, error: GlowError): void {
    const { kind, op, target, message, stack } = error;
    const isDefect = kind === "internal";
    const isGrave = isDefect || (kind === "corrupt" && !errorKinds[kind].retry);
    this.tell(isGrave ? "error" : "warning", source, message, { kind, op, target, ...(isDefect && { stack }) });
  }
}

/** A line as it stands in a file: JSON. */
export function logText({ at, level, source, text, fields }: LogLine): string {
  const details = fields.size > 0 && { fields: Object.fromEntries(fields) };
  return JSON.stringify({ at: at.toISOString(), level, source, text, ...details });
}

function cut(text: string): string {
  return text.length <= nodeLimits.logTextLength ? text : `${text.slice(0, nodeLimits.logTextLength - 1)}…`;
}
