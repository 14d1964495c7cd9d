// Tables for a terminal: the first column and those without a head are texts, the others numbers.

export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => (row[column] ?? "").length)));
  const padded = (cell: string, column: number): string => {
    const width = widths[column] ?? 0;
    return column === 0 || heads[column] === "" ? cell.padEnd(width) : cell.padStart(width);
  };
  const line = (cells: readonly string[]): string => cells.map(padded).join("  ").trimEnd();
  return [line(heads), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

/** Three figures are as many as such a measurement has; `k` and `M` above ten thousand. */
export function figure(value: number): string {
  if (value >= 10_000_000) return `${(value / 1e6).toFixed(1)}M`;
  if (value >= 1_000_000) return `${(value / 1e6).toFixed(2)}M`;
  if (value >= 100_000) return `${(value / 1e3).toFixed(0)}k`;
  if (value >= 10_000) return `${(value / 1e3).toFixed(1)}k`;
  if (value >= 100) return value.toFixed(0);
  if (value >= 10) return value.toFixed(1);
  return value.toFixed(2);
}
