// Sizes, times and durations as people read them.

const units = ["B", "kB", "MB", "GB", "TB", "PB"];

/** `1.4 MB`: powers of 1000, as disks and networks are sold. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${Math.max(0, Math.round(bytes))} B`;
  let value = bytes;
  let unit = 0;
  // What would be rounded to 1000 is one of the next.
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** `500MB`, `2 GB`, `1000` in bytes; undefined for anything else. */
export function bytesIn(text: string): number | undefined {
  const [, amount = "", unit = "B"] = /^(\d{1,9}(?:\.\d{1,3})?)\s*([kMGTP]?B)?$/i.exec(text.trim()) ?? [];
  const power = units.findIndex((each) => each.toLowerCase() === unit.toLowerCase());
  return amount === "" ? undefined : Math.round(Number(amount) * 1000 ** power);
}

/** The two largest parts: `3 d 4 h`, `12 s`. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const parts = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
    seconds % 60,
  ];
  const first = parts.findIndex((part) => part > 0);
  const from = first === -1 ? 3 : first;
  return parts
    .slice(from, from + 2)
    .flatMap((part, index) => (part === 0 && index > 0 ? [] : [`${part} ${"dhms"[from + index]}`]))
    .join(" ");
}

/** Of a round trip. */
export function millisecondsText(ms: number): string {
  return `${ms < 10 ? ms.toFixed(2) : ms < 100 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** `2026-11-21 14:03`, in the zone of this machine. */
export function timeText(date: Date): string {
  if (Number.isNaN(date.getTime())) return "-";
  const two = (number: number): string => number.toString().padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** `2026-11-21 14:03:07 (UTC+01:00)`: to the second, in the zone of this machine, and which that is. */
export function exactTimeText(date: Date): string {
  if (Number.isNaN(date.getTime())) return "-";
  const two = (number: number): string => number.toString().padStart(2, "0");
  const east = -date.getTimezoneOffset();
  const zone = `${east < 0 ? "-" : "+"}${two(Math.floor(Math.abs(east) / 60))}:${two(Math.abs(east) % 60)}`;
  return `${timeText(date)}:${two(date.getSeconds())} (UTC${east === 0 ? "" : zone})`;
}

/** `14:03:07`. */
export function clockText(date: Date): string {
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => part.toString().padStart(2, "0"))
    .join(":");
}

/** `-` for what has no time, as folders have none. */
export function modifiedText(ns: bigint): string {
  return ns === 0n ? "-" : timeText(dateOfNs(ns));
}

export function dateOfNs(ns: bigint): Date {
  return new Date(Number(ns / 1_000_000n));
}

const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** `90s`, `15m`, `24h`, `7d`, `2w` in seconds; undefined for anything else. */
export function secondsIn(text: string): number | undefined {
  const found = /^(\d{1,9})\s*([smhdw]?)$/.exec(text.trim());
  if (found === null) return undefined;
  const [, amount = "", unit = ""] = found;
  return Number(amount) * (secondsOf[unit === "" ? "s" : unit] ?? 1);
}

export function countText(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
