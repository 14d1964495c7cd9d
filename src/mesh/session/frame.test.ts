// Frames as they are written and read again, and the bytes that they become.

import { expect, test } from "vitest";
import { concatBytes, toHex, utf8Encode } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { meshSessionLimits } from "#base/limits.ts";
import { PieceReader } from "../wire/piece-reader.ts";
import { type FrameSink, type PacketFate, readFrames } from "./frame-reader.ts";
import { FrameWriter, reasonText } from "./frame-writer.ts";
import { ReceivedNumbers } from "./received-numbers.ts";

function written(write: (writer: FrameWriter) => void): Uint8Array {
  const writer = new FrameWriter();
  writer.begin(1 << 20);
  write(writer);
  const bytes = concatBytes(writer.parts());
  expect(writer.sizeBytes).toBe(bytes.length);
  return bytes;
}

function readAgain(bytes: Uint8Array, behind = 0): { texts: string[]; fate: PacketFate } {
  const texts: string[] = [];
  const note = (...words: unknown[]): true => texts.push(words.join(" ")) > 0 || true;
  const sink: FrameSink = {
    done: false,
    acknowledged: ({ bounds, delayMs, congested }) => void note("ack", bounds.join(), delayMs, congested),
    opened: (...words) => note("open", ...words),
    data: (stream, offset, pieces, length) => note("data", stream, offset, toHex(concatBytes(pieces)), length),
    credit: (...words) => void note("credit", ...words),
    ended: (...words) => void note("end", ...words),
    reset: (stream, { kind, message }) => void note("reset", stream, kind, message),
    probed: (unanswered) => void note(`probe ${unanswered}`),
    closed: ({ kind, message }) => void note("close", kind, message),
  };
  // One byte in each piece: no frame depends on how its bytes lie.
  const reader = new PieceReader([...bytes, ...new Uint8Array(behind)].map((byte) => Uint8Array.of(byte)));
  const fate = readFrames(reader, bytes.length, sink);
  expect(reader.left).toBe(behind);
  return { texts, fate };
}

const failure = new GlowError("denied", "test.fail", { message: "nö" });

test("every frame is read as it was written", () => {
  const bytes = written((writer) => {
    writer.open(4_000_000_000, 2, utf8Encode("firefly/1"));
    writer.data(4_000_000_000, 2 ** 47, 3);
    writer.add(Uint8Array.of(1, 2, 3));
    writer.credit(1, 2 ** 48 - 1);
    writer.end(2, 7);
    writer.reset(3, failure, reasonText(failure));
    writer.probe(3);
    writer.probe(1000);
    writer.close(failure, reasonText(failure));
  });
  expect(readAgain(bytes, 5)).toEqual({
    fate: "acknowledge",
    texts: [
      "open 4000000000 2 firefly/1",
      `data 4000000000 ${2 ** 47} 010203 3`,
      `credit 1 ${2 ** 48 - 1}`,
      "end 2 7",
      "reset 3 denied nö",
      "probe 3",
      "probe 255",
      "close denied nö",
    ],
  });
  const frames = [
    "0200286bee020966697265666c792f31",
    "0300286bee000000000080030000010203",
    "0401000000ffffffffffff",
    "0502000000070000000000",
    "06030000000503006ec3b6",
    "0703",
    "07ff",
    "080503006ec3b6",
  ];
  expect(toHex(bytes)).toBe(frames.join(""));
});

test("an ACK names the newest ranges, and asks for no answer", () => {
  const received = new ReceivedNumbers();
  for (const number of [0, 1, 2, 5, 6, 9, 2 ** 40, 2 ** 40 + 1]) received.add(number);
  received.congested = 0xffff_fffe;
  const bytes = written((writer) => expect(writer.ack(received, 12.34)).toBe(true));
  expect(readAgain(bytes)).toEqual({
    fate: "nothing",
    texts: [`ack ${2 ** 40},${2 ** 40 + 2},9,10,5,7,0,3 12.3 4294967294`],
  });
  const short = new ReceivedNumbers();
  for (const number of [0, 1, 2, 5]) short.add(number);
  expect(toHex(written((writer) => writer.ack(short, 1)))).toBe("010500000000000a000000000002000102");
});

test("an ACK has so many ranges at most, and takes no more room than there is", () => {
  const received = new ReceivedNumbers();
  for (let i = 0; i < meshSessionLimits.ackRanges + 8; i++) received.add(3 * i);
  const { texts } = readAgain(written((writer) => writer.ack(received, 0)));
  expect(texts[0]?.split(" ")[1]?.split(",").length).toBe(2 * meshSessionLimits.ackRanges);
  const writer = new FrameWriter();
  writer.begin(60);
  expect(writer.ack(received, 0)).toBe(true);
  expect(writer.sizeBytes).toBeLessThanOrEqual(60);
  writer.begin(10);
  expect(writer.ack(received, 0)).toBe(false);
});

test("a payload that ends early is a violation, wherever that is", () => {
  const bytes = written((writer) => {
    writer.open(0, 1, utf8Encode("name"));
    writer.reset(0, failure, reasonText(failure));
  });
  const ends = [1, 3, 6, 10, 13, bytes.length - 1];
  for (const end of ends) {
    expect(() => readAgain(bytes.subarray(0, end)), `cut at ${end}`).toThrow(
      expect.objectContaining({ kind: "protocol" }),
    );
    expect(() => readAgain(bytes.subarray(0, end), 40), `cut at ${end}, more behind`).toThrow(
      expect.objectContaining({ kind: "protocol" }),
    );
  }
});

test("a deferred frame ends the reading of its packet", () => {
  const bytes = written((writer) => {
    writer.probe(0);
    writer.open(0, 1, utf8Encode("p"));
    writer.probe(0);
  });
  const seen: string[] = [];
  const sink = {
    done: false,
    probed: () => seen.push("probe"),
    opened: () => false,
  } as Partial<FrameSink> as FrameSink;
  const reader = new PieceReader([bytes]);
  expect(readFrames(reader, bytes.length, sink)).toBe("deferred");
  expect([seen, reader.left]).toEqual([["probe"], 0]);
});
