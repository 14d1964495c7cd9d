// A view that is drawn over itself: the same output as of a command that ends, in the place of the one before.

import type { Terminal } from "#platform/nodejs/terminal.ts";
import { Output } from "./output.ts";

export class LiveView {
  readonly #terminal: Terminal;
  #drawnLines = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** What `draw` prints, and no more lines of it than the terminal has: what scrolls away cannot be drawn over. */
  show(draw: (output: Output) => void): void {
    const lines: string[] = [];
    const { hasColors, columns, rows } = this.#terminal;
    const print = (line: string): void => void lines.push(line);
    draw(new Output({ print, tell: print, hasColors, showsResults: true, columns }));
    const shown = lines.slice(0, Math.max(1, rows - 1));
    this.#terminal.drawResult(wipe(this.#drawnLines) + shown.map((line) => `${line}\n`).join("") + wrapOn);
    this.#drawnLines = shown.length;
  }
}

/** ECMA-48 and DEC: so many lines up, all below cleared, and lines cut at the edge and not wrapped, so that each is one. */
function wipe(lines: number): string {
  return `${lines === 0 ? "" : `\x1b[${lines}F`}\x1b[0J\x1b[?7l`;
}

const wrapOn = "\x1b[?7h";
