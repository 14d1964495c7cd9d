// The mark never passes what the index lacks, in whatever order appends end and their rows are written.

import { expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import type { BatchLog, IndexChange, LoggedBatch, LogPlace, SpaceId } from "#glow";
import { IndexMark } from "./index-mark.ts";

/** A log whose appends end when the test says so. */
class SlowLog implements Pick<BatchLog, "append"> {
  readonly #waiting: ((error?: GlowError) => void)[] = [];
  #offset = 0;

  append(batches: readonly LoggedBatch[]): Promise<readonly LogPlace[]> {
    const places = batches.map(() => ({ segment: 1, offset: (this.#offset += 10) }));
    return new Promise((resolve, reject) => {
      this.#waiting.push((error) => (error === undefined ? resolve(places) : reject(error)));
    });
  }

  end(number: number, error?: GlowError): void {
    this.#waiting[number]?.(error);
  }
}

const batch: LoggedBatch = { space: "space" as SpaceId, batch: new Uint8Array(1) };

async function start() {
  const log = new SlowLog();
  const mark = await IndexMark.load(log as unknown as BatchLog, { read: () => Promise.resolve([undefined]) });
  return { log, mark };
}

test("the rows of what was appended later do not carry the mark past what was appended before", async () => {
  const { log, mark } = await start();
  const first = mark.append([batch, batch]);
  const second = mark.append([batch]);
  log.end(1);
  const later = await second;
  expect(mark.row([later])).toBe(undefined);
  mark.done([later]);
  expect(mark.place).toBe(undefined);
  log.end(0);
  const earlier = await first;
  expect(mark.row([earlier])).not.toBe(undefined);
  mark.done([earlier]);
  expect(mark.place).toEqual({ segment: 1, offset: 30 });
});

test("what failed is not waited for", async () => {
  const { log, mark } = await start();
  const first = mark.append([batch]);
  const second = mark.append([batch]);
  log.end(0, new GlowError("exhausted", "log.append", { message: "full" }));
  await expect(first).rejects.toMatchObject({ kind: "exhausted" });
  log.end(1);
  mark.done([await second]);
  expect(mark.place).toEqual({ segment: 1, offset: 20 });
});

test("it is found again", async () => {
  const { log, mark } = await start();
  const appending = mark.append([batch]);
  log.end(0);
  const { key, value } = mark.row([await appending]) as IndexChange;
  const read = (keys: readonly Uint8Array[]) =>
    Promise.resolve(keys.map((each) => (String(each) === String(key) ? (value ?? undefined) : undefined)));
  const again = await IndexMark.load(log as unknown as BatchLog, { read });
  expect(again.place).toEqual({ segment: 1, offset: 10 });
});
