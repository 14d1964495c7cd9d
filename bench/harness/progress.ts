// One line on the terminal that says how far a long run is; where there is no terminal, a line for each tenth.

export class Progress {
  readonly #total: number;
  readonly #startMs = performance.now();
  #done = 0;

  /** `total`: how many steps there will be. */
  constructor(total: number) {
    this.#total = total;
  }

  begin(step: string): void {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${this.#done}/${this.#total} ${this.#left()}${step}`);
    else if (this.#done === 0) process.stderr.write(`0/${this.#total} measured\n`);
  }

  end(): void {
    this.#done++;
    if (process.stderr.isTTY) {
      if (this.#done === this.#total) this.clear();
      return;
    }
    const tenth = (done: number): number => Math.floor((done * 10) / this.#total);
    if (tenth(this.#done) > tenth(this.#done - 1)) process.stderr.write(`${this.#done}/${this.#total} measured\n`);
  }

  clear(): void {
    if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  }

  #left(): string {
    if (this.#done < 3) return "";
    const seconds = ((performance.now() - this.#startMs) / this.#done / 1000) * (this.#total - this.#done);
    return `(${Math.ceil(seconds)} s left) `;
  }
}
