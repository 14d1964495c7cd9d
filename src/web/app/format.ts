// Numbers as people read them.

const units = ["B", "kB", "MB", "GB", "TB", "PB"];

export function formatBytes(bytes: number): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}

const recent = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "long" });
const thisYear = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});
const anyYear = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const exact = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "medium" });
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

export function formatTime(date: Date, now: Date): string {
  const pastSeconds = (now.getTime() - date.getTime()) / 1000;
  if (Math.abs(pastSeconds) < 45) return "just now";
  if (Math.abs(pastSeconds) < 3600) return recent.format(-Math.round(pastSeconds / 60), "minute");
  if (pastSeconds > 0 && pastSeconds < 12 * 3600) return recent.format(-Math.round(pastSeconds / 3600), "hour");
  return (date.getFullYear() === now.getFullYear() ? thisYear : anyYear).format(date);
}

export function formatExactTime(date: Date): string {
  return exact.format(date);
}

export function formatClock(date: Date): string {
  return clock.format(date);
}

/** In one or two units: "1 min 20 s". */
export function formatDuration(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 90) return `${minutes} min`;
  if (minutes < 36 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${Math.round(whole / 86_400)} days`;
}

export function formatRoundTrip(ms: number): string {
  return ms < 1 ? "under 1 ms" : ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}

export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

/** Undefined if there is none: 0 nanoseconds since 1970. */
export function dateOfNs(ns: bigint): Date | undefined {
  return ns === 0n ? undefined : new Date(Number(ns / 1_000_000n));
}
