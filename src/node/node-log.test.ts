// What a node remembers of its log, and what a line looks like in its file.

import { expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import { nodeLimits } from "#base/limits.ts";
import type { LogLine } from "#interfaces/generated/log.ts";
import { logText, NodeLog } from "./node-log.ts";

const clock = { monotonicMs: () => 0, wallMs: () => 1000 };

test("a line is JSON", () => {
  const log = new NodeLog(clock);
  log.info("mesh", "linked", { node: "b", links: 2, address: undefined });
  expect(log.recent().map(logText)).toEqual([
    '{"at":"1970-01-01T00:00:01.000Z","level":"info","source":"mesh","text":"linked","fields":{"node":"b","links":"2"}}',
  ]);
});

test("what is less serious than its level is told to nobody", () => {
  const log = new NodeLog(clock, "warning");
  const told: LogLine[] = [];
  log.watch((line) => told.push(line));
  log.info("mesh", "linked");
  log.tell("warning", "mesh", "cut off");
  expect(told.map(({ text }) => text)).toEqual(["cut off"]);
  expect(log.recent()).toEqual(told);
  log.level = "debug";
  log.tell("debug", "mesh", "linked");
  expect(told).toHaveLength(2);
});

test("a defect is an error with its stack, what others did a warning", () => {
  const log = new NodeLog(clock);
  log.problem("store", new GlowError("internal", "store.read", { message: "broken" }));
  log.problem("store", new GlowError("unavailable", "store.read", { target: "x", message: "away" }));
  const [defect, away] = log.recent();
  expect([defect?.level, away?.level]).toEqual(["error", "warning"]);
  expect(defect?.fields.get("stack")).toContain("node-log.test");
  expect(Object.fromEntries(away?.fields ?? [])).toEqual({ kind: "unavailable", op: "store.read", target: "x" });
});

test("at most nodeLimits.logLines are remembered, the last", () => {
  const log = new NodeLog(clock);
  for (let i = 0; i <= nodeLimits.logLines; i++) log.info("test", `${i}`);
  expect(log.recent()).toHaveLength(nodeLimits.logLines);
  expect(log.recent()[0]?.text).toBe("1");
});

test("a text beyond nodeLimits.logTextLength is cut, and fields beyond nodeLimits.logFields left out", () => {
  const log = new NodeLog(clock);
  const long = "x".repeat(nodeLimits.logTextLength + 1);
  const many = Object.fromEntries(Array.from({ length: nodeLimits.logFields + 1 }, (_, i) => [`f${i}`, long]));
  log.info("test", long, many);
  const [line] = log.recent();
  expect(line?.text).toHaveLength(nodeLimits.logTextLength);
  expect(line?.fields.size).toBe(nodeLimits.logFields);
  expect(line?.fields.get("f0")).toHaveLength(nodeLimits.logTextLength);
});
