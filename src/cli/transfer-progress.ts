// How far a transfer is, drawn over itself on the last line: only where a person reads what is told. Own, since the bars of
// prompt libraries take the keyboard too, and end the program by themselves at Ctrl-C.

import type { Timer } from "#glow";
import { durationText, sizeText } from "./amounts.ts";
import type { Face } from "./face.ts";
import { fitted, safeText, textWidth } from "./safe-text.ts";

const drawMs = 120;
/** The rate is that of about so long; a shorter time jumps, a longer one lags. */
const rateMs = 4000;
const barColumns = 20;

export class TransferProgress {
  readonly #face: Face;
  readonly #startedMs: number;
  readonly #isShown: boolean;
  #timer: Timer | undefined;
  #totalBytes: number | undefined;
  #totalFiles: number | undefined;
  #bytes = 0;
  /** What need not be sent, since it was there already: no part of the rate. */
  #skippedBytes = 0;
  #files = 0;
  #current = "";
  #rate = 0;
  #sampledBytes = 0;
  #sampledMs: number;

  constructor(face: Face) {
    this.#face = face;
    this.#isShown = face.terminal.showsTold;
    this.#startedMs = face.clock.monotonicMs();
    this.#sampledMs = this.#startedMs;
    if (this.#isShown) this.#tick();
  }

  /** What is to be done in all, as soon as that is known. */
  expect(files: number, bytes: number): void {
    this.#totalFiles = files;
    this.#totalBytes = bytes;
  }

  advance(bytes: number): void {
    this.#bytes += bytes;
  }

  /** So far it is in all: for what somebody else counts. */
  reach(files: number, bytes: number): void {
    this.#files = files;
    this.#bytes = bytes;
  }

  /** So much was there before. */
  skip(bytes: number): void {
    this.#skippedBytes += bytes;
  }

  begin(name: string): void {
    this.#current = name;
  }

  fileDone(name: string): void {
    this.#current = name;
    this.#files += 1;
  }

  /** A line that stays, above what is drawn. */
  note(text: string): void {
    this.#wipe();
    this.#face.terminal.tell(safeText(text));
  }

  stop(): void {
    if (this.#timer === undefined) return;
    this.#timer.cancel();
    this.#timer = undefined;
    this.#wipe();
  }

  get elapsedMs(): number {
    return this.#face.clock.monotonicMs() - this.#startedMs;
  }

  get movedBytes(): number {
    return this.#bytes;
  }

  #tick(): void {
    this.#timer = this.#face.timers.after(drawMs, () => {
      this.#sample();
      this.#draw();
      this.#tick();
    });
  }

  #sample(): void {
    const nowMs = this.#face.clock.monotonicMs();
    const passedMs = nowMs - this.#sampledMs;
    if (passedMs < drawMs / 2) return;
    const current = ((this.#bytes - this.#sampledBytes) * 1000) / passedMs;
    // At the beginning, the mean since then.
    const weight = Math.min(1, passedMs / Math.min(rateMs, Math.max(passedMs, nowMs - this.#startedMs)));
    this.#rate += (current - this.#rate) * weight;
    this.#sampledBytes = this.#bytes;
    this.#sampledMs = nowMs;
  }

  #draw(): void {
    const columns = this.#face.terminal.toldColumns - 1;
    const facts = progressText({
      bytes: this.#bytes + this.#skippedBytes,
      totalBytes: this.#totalBytes,
      files: this.#files,
      totalFiles: this.#totalFiles,
      rate: this.#rate,
    });
    const room = columns - textWidth(facts) - 2;
    const name = room < 8 ? "" : `  ${fitted(safeText(this.#current), room)}`;
    this.#face.terminal.draw(`\r\x1b[2K${fitted(facts, columns)}${name}`);
  }

  #wipe(): void {
    if (this.#isShown) this.#face.terminal.draw("\r\x1b[2K");
  }
}

export interface ProgressFacts {
  readonly bytes: number;
  readonly totalBytes: number | undefined;
  readonly files: number;
  readonly totalFiles: number | undefined;
  /** In bytes a second. */
  readonly rate: number;
}

/** `[#####...............]  25 %  120 MB of 480 MB  34 MB/s  11 s left`. */
export function progressText({ bytes, totalBytes, files, totalFiles, rate }: ProgressFacts): string {
  if (totalBytes === undefined) return `${files} files  ${sizeText(bytes)}  ${sizeText(rate)}/s`;
  const share = totalBytes === 0 ? 1 : Math.min(1, bytes / totalBytes);
  const filled = Math.floor(share * barColumns);
  const bar = `[${"#".repeat(filled)}${".".repeat(barColumns - filled)}]`;
  const leftMs = rate > 0 ? ((totalBytes - bytes) * 1000) / rate : undefined;
  const left = leftMs === undefined ? "" : `  ${durationText(Math.ceil(leftMs / 1000) * 1000)} left`;
  const rest = share === 1 ? "  finishing" : `  ${sizeText(rate)}/s${left}`;
  const count = totalFiles !== undefined && totalFiles > 1 ? `  ${files} of ${totalFiles} files` : "";
  const percent = `${Math.floor(share * 100)} %`.padStart(5);
  return `${bar} ${percent}  ${sizeText(bytes)} of ${sizeText(totalBytes)}${count}${rest}`;
}
