// What a node is at, live.

import { useEffect, useRef, useState } from "react";
import type { FolderInfo } from "#interfaces/generated/folders.ts";
import type { LogLevel, LogLine } from "#interfaces/generated/log.ts";
import { useConnection } from "../tab/tab-context.tsx";
import { type Live, readStream, useStream } from "../tab/use-stream.ts";

export function useFolders(): Live<readonly FolderInfo[]> {
  const { node, may } = useConnection();
  const maySee = may("folders");
  return useStream(() => {
    if (!maySee) return undefined;
    const folders = node.folders();
    return folders.watch().finally(() => folders[Symbol.dispose]());
  }, [node, maySee]);
}

/** Lines that are kept: older ones go. */
const mostLines = 400;

export interface NumberedLine extends LogLine {
  readonly number: number;
}

/** The last lines and those that come, oldest first. */
export function useLog(level: LogLevel): Live<readonly NumberedLine[]> {
  const { node } = useConnection();
  const [live, setLive] = useState<Live<readonly NumberedLine[]>>({});
  const count = useRef(0);
  useEffect(() => {
    const log = node.log();
    const numbered = (line: LogLine): NumberedLine => ({ ...line, number: ++count.current });
    const failed = (error: Parameters<Parameters<typeof readStream>[2]>[0]) =>
      setLive((before) => ({ ...before, error }));
    let isOver = false;
    setLive({});
    const show = async (): Promise<void> => {
      const recent = await log.recent(mostLines / 2, level);
      if (!isOver) setLive(({ value = [] }) => ({ value: [...recent.map(numbered), ...value].slice(-mostLines) }));
    };
    show().catch(() => undefined);
    const stop = readStream(
      () => log.follow(level),
      (line) => setLive(({ value = [] }) => ({ value: [...value, numbered(line)].slice(-mostLines) })),
      failed,
    );
    return () => {
      isOver = true;
      stop();
      log[Symbol.dispose]();
    };
  }, [node, level]);
  return live;
}

/** How fast something grows, from one state to the next: bytes per second over the last seconds. */
export function useRate(bytes: number): number {
  const marks = useRef<{ atMs: number; bytes: number }[]>([]);
  const [rate, setRate] = useState(0);
  useEffect(() => {
    const measure = (): void => {
      const atMs = performance.now();
      const list = marks.current;
      list.push({ atMs, bytes });
      while (list.length > 2 && (list[0]?.atMs ?? 0) < atMs - 4000) list.shift();
      const first = list[0];
      if (first === undefined || atMs - first.atMs < 500) return;
      setRate(Math.max(0, ((bytes - first.bytes) * 1000) / (atMs - first.atMs)));
    };
    measure();
    const timer = setInterval(measure, 1000);
    return () => clearInterval(timer);
  }, [bytes]);
  return rate;
}
