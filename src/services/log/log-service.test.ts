// The log as it is offered.

import { expect, test } from "vitest";
import { nodeLimits } from "#base/limits.ts";
import type { Subscription } from "#glow";
import type { LogLevel, LogLine } from "#interfaces/generated/log.ts";
import { LogService, type LogSource } from "./log-service.ts";

class Lines implements LogSource {
  readonly #lines: LogLine[] = [];
  readonly #watchers = new Set<(line: LogLine) => void>();

  recent(): readonly LogLine[] {
    return this.#lines;
  }

  watch(told: (line: LogLine) => void): Subscription {
    this.#watchers.add(told);
    return { stop: () => void this.#watchers.delete(told) };
  }

  tell(text: string, level: LogLevel = "info"): void {
    const line: LogLine = { at: new Date(0), level, source: "test", text, fields: new Map() };
    this.#lines.push(line);
    for (const told of this.#watchers) told(line);
  }

  get watchers(): number {
    return this.#watchers.size;
  }
}

const texts = (lines: readonly LogLine[]) => lines.map(({ text }) => text).join("");

test("the last lines, of a level and those more serious", () => {
  const lines = new Lines();
  const log = new LogService(lines);
  for (const level of ["error", "warning", "info", "debug"] as const) lines.tell(level.slice(0, 1), level);
  expect(texts(log.recent(10))).toBe("ewid");
  expect(texts(log.recent(2))).toBe("id");
  expect(texts(log.recent(10, "warning"))).toBe("ew");
  expect(texts(log.recent(0))).toBe("");
});

test("no call gives more than nodeLimits.logLines", () => {
  const lines = new Lines();
  for (let i = 0; i <= nodeLimits.logLines; i++) lines.tell(`${i} `);
  expect(new LogService(lines).recent(0xffff_ffff)).toHaveLength(nodeLimits.logLines);
});

test("lines are told as they come, until nobody listens", async () => {
  const lines = new Lines();
  const following = new LogService(lines).follow("info")[Symbol.asyncIterator]();
  lines.tell("too little", "debug");
  lines.tell("one");
  expect((await following.next()).value).toMatchObject({ text: "one" });
  const next = following.next();
  lines.tell("two");
  expect((await next).value).toMatchObject({ text: "two" });
  const last = following.next();
  await following.return?.();
  expect((await last).done).toBe(true);
  expect(lines.watchers).toBe(0);
});

test("who reads slower than nodeLimits.logBacklog is told what was missed", async () => {
  const lines = new Lines();
  const following = new LogService(lines).follow()[Symbol.asyncIterator]();
  for (let i = 0; i < nodeLimits.logBacklog + 3; i++) lines.tell(`${i}`);
  expect((await following.next()).value).toMatchObject({ text: "3", missed: 3 });
  const { value } = await following.next();
  expect(value).toMatchObject({ text: "4" });
  expect(value).not.toHaveProperty("missed");
});
