// What commands print: lines, tables and JSON. Everything that passes through is made safe for a terminal here, so that
// no command can forget it; colours are put on afterwards.

import type { Terminal } from "#platform/nodejs/terminal.ts";
import { safeLines, safeText, textWidth } from "./safe-text.ts";

export type Color = "bold" | "dim" | "red" | "green" | "yellow" | "blue" | "magenta" | "cyan";

/** Text in a colour, where there are colours. */
export interface Painted {
  readonly text: string;
  readonly color: Color;
}

export type Cell = string | Painted;

/** What is written on: a terminal, or what stands in for one. */
export type Paper = Pick<Terminal, "print" | "tell" | "hasColors" | "showsResults" | "columns">;

/** ECMA-48, select graphic rendition: on, and off. */
const renditions: Readonly<Record<Color, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
};

export function painted(color: Color, text: string): Painted {
  return { text, color };
}

export class Output {
  readonly #paper: Paper;

  constructor(paper: Paper) {
    this.#paper = paper;
  }

  /** A line of the result, of parts put one behind the other. */
  line(...parts: readonly Cell[]): void {
    this.#paper.print(this.#joined(parts, this.#paper.hasColors));
  }

  /** For a person: what goes on, or went wrong. Several lines are allowed. */
  note(text: string): void {
    this.#paper.tell(safeLines(text));
  }

  /** Columns as wide as what is in them; the last is not padded. `right` are the columns whose cells end at the right. */
  table(rows: readonly (readonly Cell[])[], right: readonly number[] = []): void {
    for (const line of this.tableLines(rows, right)) this.#paper.print(line);
  }

  /** The lines of a table, ready to be drawn. */
  tableLines(rows: readonly (readonly Cell[])[], right: readonly number[] = []): string[] {
    const widths: number[] = [];
    for (const row of rows) {
      for (const [index, cell] of row.entries()) {
        widths[index] = Math.max(widths[index] ?? 0, textWidth(safeText(textOf(cell))));
      }
    }
    return rows.map((row) => {
      const cells = row.map((cell, index) => {
        const padding = " ".repeat((widths[index] ?? 0) - textWidth(safeText(textOf(cell))));
        const shown = this.#joined([cell], this.#paper.hasColors);
        if (right.includes(index)) return padding + shown;
        return index === row.length - 1 ? shown : shown + padding;
      });
      return cells.join("  ").trimEnd();
    });
  }

  /** Names side by side, as many columns as there is room for, filled downwards. */
  columns(cells: readonly Cell[]): void {
    if (!this.#paper.showsResults) {
      for (const cell of cells) this.line(cell);
      return;
    }
    const widest = Math.max(0, ...cells.map((cell) => textWidth(safeText(textOf(cell))))) + 2;
    const across = Math.max(1, Math.floor((this.#paper.columns + 2) / widest));
    const down = Math.ceil(cells.length / across);
    const rows = Array.from({ length: down }, (_, row) => cells.filter((_cell, index) => index % down === row));
    this.table(rows);
  }

  /** One JSON value on one line. Dates are ISO 8601, 64-bit whole numbers are strings, maps are objects. */
  json(value: unknown): void {
    this.#paper.print(jsonText(value));
  }

  #joined(parts: readonly Cell[], hasColors: boolean): string {
    return parts.map((part) => (typeof part === "string" ? safeText(part) : paint(part, hasColors))).join("");
  }
}

export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) => {
    if (typeof each === "bigint") return each.toString();
    return each instanceof Map ? Object.fromEntries(each as Map<string, unknown>) : each;
  });
}

function textOf(cell: Cell): string {
  return typeof cell === "string" ? cell : cell.text;
}

function paint({ text, color }: Painted, hasColors: boolean): string {
  const [on, off] = renditions[color];
  return hasColors && text !== "" ? `\x1b[${on}m${safeText(text)}\x1b[${off}m` : safeText(text);
}
