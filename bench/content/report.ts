// The figures of content as tables for people, and what they are to reach.

import type { Goal } from "../harness/goal.ts";
import type { Spread } from "../harness/statistics.ts";
import { figure, table } from "../harness/table.ts";
import type { ChangeName } from "./change-process.ts";
import { type ContentFigures, type SizesName, sizes, type WritingName } from "./comparison.ts";
import { type StageName, type Stage, stages } from "./stages.ts";

export function contentReport(figures: ContentFigures): string {
  return [stageTable(figures), fileTable(figures), writingTable(figures), changeTable(figures)]
    .filter((text) => text !== "")
    .join("\n\n");
}

function range({ min, max }: Spread): string {
  return `${figure(min)}..${figure(max)}`;
}

function measured(figures: ContentFigures, counts: Stage["counts"]): [StageName, Stage, Spread][] {
  return (Object.entries(figures.stages) as [StageName, Spread][])
    .map(([name, rate]): [StageName, Stage, Spread] => [name, stages[name], rate])
    .filter(([, stage]) => stage.counts === counts);
}

function stageTable(figures: ContentFigures): string {
  const rows = measured(figures, "MB").map(([name, stage, rate]) => {
    return [name, figure(rate.median), range(rate), figure(1e6 / rate.median), stage.material, stage.about];
  });
  const heads = ["stage", "MB/s", "min..max", "us/MB", "", ""];
  return rows.length === 0 ? "" : `One thread, chunks of the default sizes\n\n${table(heads, rows)}`;
}

function fileTable(figures: ContentFigures): string {
  const rows = measured(figures, "files").map(([name, stage, rate]) => {
    const us = { median: 1e6 / rate.median, min: 1e6 / rate.max, max: 1e6 / rate.min };
    return [name, figure(us.median), range(us), figure(rate.median), stage.about];
  });
  return rows.length === 0 ? "" : `Small files\n\n${table(["", "us/file", "min..max", "files/s", ""], rows)}`;
}

function writingTable({ writing }: ContentFigures): string {
  const rows = (Object.entries(writing) as [WritingName, NonNullable<(typeof writing)[WritingName]>][]).map(
    ([name, { mbPerSecond, lateMs, latestMs }]) => [
      name,
      figure(mbPerSecond.median),
      range(mbPerSecond),
      figure(lateMs.median),
      figure(latestMs.median),
    ],
  );
  const heads = ["sealed in", "MB/s", "min..max", "late ms", "latest ms"];
  const about =
    "Streams of noise written, and how late the main thread's event loop is meanwhile (99th percentile, most)";
  return rows.length === 0 ? "" : `${about}\n\n${table(heads, rows)}`;
}

function changeTable({ changes }: ContentFigures): string {
  const rows = (Object.entries(changes) as [SizesName, NonNullable<(typeof changes)[SizesName]>][]).map(
    ([name, { chunks, averageBytes, firstMs, changes: each }]) => [
      name,
      String(chunks),
      figure(averageBytes / 1024),
      figure(firstMs.median),
      ...(Object.keys(each) as ChangeName[]).flatMap((change) => [
        figure(each[change].sentBytes.median / 1e6),
        figure(each[change].ms.median),
      ]),
    ],
  );
  const [first] = Object.values(changes);
  if (first === undefined) return "";
  const names = Object.keys(first.changes);
  const heads = ["KiB", "chunks", "KiB each", "ms", ...names.flatMap((name) => [`${name}: MB`, "ms"])];
  return `One large file of noise by sizes of chunks: sealed, then changed; what is new of it, to be sent\n\n${table(heads, rows)}`;
}

export function contentGoals({ stages: rates, writing, changes }: ContentFigures): Goal[] {
  const [defaultSizes] = Object.keys(sizes) as [SizesName];
  const overwritten = changes[defaultSizes]?.changes["1 MB overwritten"].sentBytes.median;
  const us = (name: StageName): number | undefined => {
    const rate = rates[name]?.median;
    return rate === undefined ? undefined : 1e6 / rate;
  };
  return [
    { goal: "noise sealed, MB/s", result: rates["seal noise"]?.median, target: 600, atLeast: true },
    { goal: "boundaries found, MB/s", result: rates.cut?.median, target: 1000, atLeast: true },
    { goal: "a file of 4 KiB of noise, us", result: us("files of noise"), target: 40, atLeast: false },
    { goal: "a file of 4 KiB of text, us", result: us("files of text"), target: 40, atLeast: false },
    {
      goal: "latest turn of the event loop, ms, sealing in a thread",
      result: writing["one thread"]?.latestMs.median,
      target: 20,
      atLeast: false,
    },
    {
      goal: "MB to send when 1 MB was overwritten",
      result: overwritten === undefined ? undefined : overwritten / 1e6,
      target: 2,
      atLeast: false,
    },
  ];
}
