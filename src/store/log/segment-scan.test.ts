// Finding records: those that are whole and lie where they were written, and nothing that only looks like one.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { concatBytes } from "#base/bytes.ts";
import { logLimits } from "#base/limits.ts";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";
import { patterned } from "../../../test/compliance/subject.ts";
import { type LogRecord, RecordCodec, recordHeadBytes, recordIdBytes, recordKinds, recordMarker } from "./record.ts";
import { type ScannedRecord, scanSegment } from "./segment-scan.ts";

const crypto = new NodeCrypto();
const secret = patterned(1, 32);
const codec = new RecordCodec(crypto, secret);

/** Where the records begin, as behind the head of a segment. */
const from = 8192;

function blob(stored: Uint8Array): LogRecord {
  return { kind: recordKinds.blob, id: crypto.hash("blake3", stored), body: stored };
}

function batch(body: Uint8Array): LogRecord {
  return { kind: recordKinds.batch, id: patterned(3, recordIdBytes), body };
}

function written(records: readonly LogRecord[], of: RecordCodec = codec, at = from): Uint8Array {
  const parts: Uint8Array[] = [];
  let offset = at;
  for (const record of records) {
    const head = new Uint8Array(recordHeadBytes);
    of.writeHead(record, head, 0, offset, at);
    parts.push(head, record.body);
    offset += recordHeadBytes + record.body.length;
  }
  return concatBytes(parts);
}

async function scan(bytes: Uint8Array): Promise<{ records: ScannedRecord[]; damage: [number, number][] }> {
  const damage: [number, number][] = [];
  const records: ScannedRecord[] = [];
  const runs = scanSegment({
    codec,
    from,
    to: from + bytes.length,
    read: async (offset, lengthBytes) => bytes.slice(offset - from, offset - from + lengthBytes),
    damaged: (offset, lengthBytes) => damage.push([offset - from, lengthBytes]),
  });
  for await (const run of runs) records.push(...run);
  return { records, damage };
}

function bodies(records: readonly LogRecord[]): Uint8Array[] {
  return records.map(({ body }) => new Uint8Array(body));
}

test("finds what was written, of all sizes, over the ends of what is read at once", async () => {
  const sizes = [0, 1, 60, 5000, logLimits.runBytes, logLimits.runBytes - recordHeadBytes, 3, logLimits.recordBytes, 7];
  const records = sizes.map((size, i) => (i % 2 === 0 ? blob : batch)(patterned(i, size)));
  const found = await scan(written(records));
  expect(found.damage).toEqual([]);
  expect(found.records.map(({ kind, body }) => [kind, body.length])).toEqual(
    records.map(({ kind, body }) => [kind, body.length]),
  );
  expect(found.records.at(-1)?.endOffset).toBe(from + written(records).length);
});

test("any damage costs the records that it touches, and no other, and is named", async () => {
  const records = Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? blob : batch)(patterned(i, i * 90)));
  const bytes = written(records);
  await fc.assert(
    fc.asyncProperty(
      fc.nat(bytes.length - 1),
      fc.integer({ min: 1, max: 400 }),
      fc.nat(255),
      async (at, length, mask) => {
        const damaged = bytes.map((byte, i) => (i >= at && i < at + length ? byte ^ (mask | 1) : byte));
        const { records: found, damage } = await scan(damaged);
        let offset = 0;
        const whole = records.filter(({ body }) => {
          const start = offset;
          offset += recordHeadBytes + body.length;
          return offset <= at || start >= at + length;
        });
        expect(bodies(found)).toEqual(bodies(whole));
        expect(damage.length).toBeGreaterThan(0);
        expect(damage.reduce((sum, [, bytesOf]) => sum + bytesOf, 0)).toBe(
          bytes.length - found.reduce((sum, each) => sum + each.endOffset - each.offset, 0),
        );
      },
    ),
  );
});

test("a record within a blob, from another segment, or from another place is none", async () => {
  const forged = written([batch(patterned(9, 50))], new RecordCodec(crypto, patterned(2, 32)));
  const moved = written([batch(patterned(9, 50))], codec, from + 1);
  const hostile = blob(concatBytes([forged, moved, recordMarker, recordMarker]));
  const [first, last] = [blob(patterned(1, 10)), blob(patterned(2, 10))];
  const bytes = written([first, hostile, last]);
  // The blob's own head is damaged, so that its inside is searched.
  bytes[recordHeadBytes + 10 + 6] = 0xee;
  const { records, damage } = await scan(bytes);
  expect(bodies(records)).toEqual(bodies([first, last]));
  expect(damage).toEqual([[recordHeadBytes + 10, recordHeadBytes + hostile.body.length]]);
});

test("a record that was cut off is damage, as is a file that is too short", async () => {
  const records = [blob(patterned(1, 1000)), blob(patterned(2, 1000))];
  const bytes = written(records);
  for (const cut of [1, 999, 1000, 1030, 1066]) {
    const { records: found, damage } = await scan(bytes.subarray(0, bytes.length - cut));
    expect(bodies(found)).toEqual(bodies(records.slice(0, 1)));
    expect(damage).toEqual(cut === 1066 ? [] : [[1066, 1066 - cut]]);
  }
  const runs = scanSegment({
    codec,
    from,
    to: from + 2 * bytes.length,
    read: async (offset, lengthBytes) => bytes.slice(offset - from, offset - from + lengthBytes),
    damaged: (offset, lengthBytes) => expect([offset, lengthBytes]).toEqual([from + bytes.length, bytes.length]),
  });
  const found: ScannedRecord[] = [];
  for await (const run of runs) found.push(...run);
  expect(found).toHaveLength(2);
});

test("a file of markers is searched in a time that is no worse than long", async () => {
  const markers = new Uint8Array(400_000);
  for (let at = 0; at < markers.length; at += recordMarker.length) markers.set(recordMarker, at);
  const last = written([blob(patterned(1, 10))], codec, from + markers.length);
  const { records, damage } = await scan(concatBytes([markers, last]));
  expect(records).toHaveLength(1);
  expect(damage).toEqual([[0, markers.length]]);
});

test("a length past the limit is no record", async () => {
  const head = new Uint8Array(recordHeadBytes);
  const body = { length: logLimits.recordBytes + 1 } as Uint8Array;
  codec.writeHead({ kind: recordKinds.blob, id: patterned(1, recordIdBytes), body }, head, 0, from, from);
  expect(codec.head(head, 0, from)).toBeUndefined();
});
