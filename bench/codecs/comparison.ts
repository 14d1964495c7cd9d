// The codecs side by side, each in a fresh process, round by round in changing order.

import { join } from "node:path";
import { Child } from "../harness/child.ts";
import type { Interruption } from "../harness/interruption.ts";
import type { Progress } from "../harness/progress.ts";
import { rotated, type Spread, spread } from "../harness/statistics.ts";
import type { CodecAnswer, CodecRequest } from "./codec-process.ts";
import { type FormatName, formatNames } from "./formats.ts";
import { type ValueName, valueNames } from "./values.ts";

export interface CodecRate {
  readonly encodesPerSecond: Spread;
  readonly decodesPerSecond: Spread;
  readonly bytes: number;
}

export type CodecRates = Partial<Record<ValueName, Partial<Record<FormatName, CodecRate>>>>;

export class CodecComparison {
  readonly #rounds: number;
  readonly #seconds: number;
  readonly #interruption: Interruption;
  readonly #progress: Progress;

  constructor(rounds: number, seconds: number, interruption: Interruption, progress: Progress) {
    this.#rounds = rounds;
    this.#seconds = seconds;
    this.#interruption = interruption;
    this.#progress = progress;
  }

  static steps(rounds: number): number {
    return rounds * formatNames.length;
  }

  async run(): Promise<CodecRates> {
    const samples = new Map<FormatName, CodecAnswer[]>();
    for (let round = 0; round < this.#rounds; round++) {
      for (const format of rotated(formatNames, round)) {
        if (this.#interruption.happened) break;
        this.#progress.begin(`codecs, round ${round + 1} of ${this.#rounds}: ${format}`);
        const answer = await this.#measure(format);
        if (answer !== undefined) samples.set(format, [...(samples.get(format) ?? []), answer]);
        this.#progress.end();
      }
    }
    const rates: CodecRates = {};
    if (samples.size === 0) return rates;
    for (const name of valueNames) {
      rates[name] = Object.fromEntries(Array.from(samples, ([format, answers]) => [format, summarize(answers, name)]));
    }
    return rates;
  }

  /** Undefined if it was interrupted. */
  async #measure(format: FormatName): Promise<CodecAnswer | undefined> {
    const child = new Child(join(import.meta.dirname, "codec-process.ts"));
    const request: CodecRequest = { format, seconds: this.#seconds };
    try {
      return await this.#interruption.withChildren([child], () => child.request<CodecAnswer>(request));
    } catch (error) {
      if (this.#interruption.happened) return undefined;
      throw error;
    }
  }
}

function summarize(answers: readonly CodecAnswer[], name: ValueName): CodecRate {
  const works = answers.map((answer) => answer[name]);
  return {
    encodesPerSecond: spread(works.map((work) => work.encodesPerSecond)),
    decodesPerSecond: spread(works.map((work) => work.decodesPerSecond)),
    bytes: works[0]?.bytes ?? 0,
  };
}
