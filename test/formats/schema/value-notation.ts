// Values in JSON, for vectors: what JSON has stands for itself, the rest is an object with one key.
//
//   { "$bigint": "5" }     { "$bytes": hex }      { "$date": ms, or null if it is none }
//   { "$number": "NaN" }, "Infinity", "-Infinity", "-0"
//   { "$set": [...] }      { "$map": [[key, value], ...] }
//   { "$object": n }       the object or stream with this index in the frame's table

/** An object or stream. */
export class Referred {
  readonly index: number;

  constructor(index: number) {
    this.index = index;
  }

  *[Symbol.iterator](): Generator<number> {
    yield this.index;
  }
}

export function fromNotation(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(fromNotation);
  const [key, content] = Object.entries(value)[0] ?? [];
  switch (key) {
    case "$bigint":
      return BigInt(content as string);
    case "$bytes":
      return Uint8Array.fromHex(content as string);
    case "$date":
      return new Date((content as number | null) ?? Number.NaN);
    case "$number":
      return Number(content);
    case "$set":
      return new Set((content as unknown[]).map(fromNotation));
    case "$map":
      return new Map((content as [unknown, unknown][]).map(([name, item]) => [fromNotation(name), fromNotation(item)]));
    case "$object":
      return new Referred(content as number);
    default:
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, fromNotation(item)]));
  }
}

export function toNotation(value: unknown, table: readonly object[]): unknown {
  const inner = (item: unknown): unknown => toNotation(item, table);
  if (typeof value === "bigint") return { $bigint: String(value) };
  if (typeof value === "number") {
    return Number.isFinite(value) && !Object.is(value, -0) ? value : { $number: Object.is(value, -0) ? "-0" : String(value) };
  }
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Referred) return { $object: table.indexOf(value) };
  if (value instanceof Uint8Array) return { $bytes: value.toHex() };
  if (value instanceof Date) return { $date: Number.isNaN(value.getTime()) ? null : value.getTime() };
  if (value instanceof Set) return { $set: [...value].map(inner) };
  if (value instanceof Map) return { $map: [...value].map(([name, item]) => [inner(name), inner(item)]) };
  if (Array.isArray(value)) return value.map(inner);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, inner(item)]));
}
