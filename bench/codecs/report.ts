// The figures of the codecs as tables for people.

import type { Spread } from "../harness/statistics.ts";
import { figure, table } from "../harness/table.ts";
import type { CodecRate, CodecRates } from "./comparison.ts";
import { type FormatName, formatNames, formats } from "./formats.ts";
import { type ValueName, valueNames } from "./values.ts";

const titles: Readonly<Record<ValueName, string>> = {
  message: "a small message {id, name}",
  entry: "a record with lists, records and optional fields",
  listing: "a list of 1000 such records",
};

export function codecsReport(rates: CodecRates): string {
  const about = table(
    ["codec", ""],
    formatNames.map((name) => [name, formats[name].about]),
  );
  const tables = valueNames.flatMap((name) => {
    const perFormat = rates[name];
    return perFormat === undefined ? [] : [`Codecs alone, ${titles[name]}\n\n${valueTable(perFormat)}`];
  });
  return [about, ...tables].join("\n\n");
}

function valueTable(perFormat: Partial<Record<FormatName, CodecRate>>): string {
  const rows = formatNames.flatMap((format) => {
    const rate = perFormat[format];
    return rate === undefined ? [] : [[format, ...cells(rate)]];
  });
  return table(["codec", "encodes/s", "min..max", "decodes/s", "min..max", "bytes"], rows);
}

function cells({ encodesPerSecond, decodesPerSecond, bytes }: CodecRate): string[] {
  const range = ({ min, max }: Spread): string => `${figure(min)}..${figure(max)}`;
  return [
    figure(encodesPerSecond.median),
    range(encodesPerSecond),
    figure(decodesPerSecond.median),
    range(decodesPerSecond),
    String(bytes),
  ];
}
