// What is printed: safe, in columns, and as JSON.

import { expect, test } from "vitest";
import { jsonText, Output, painted, type Paper } from "./output.ts";

function paper(options: Partial<Paper> = {}): { lines: string[]; output: Output } {
  const lines: string[] = [];
  const print = (line: string): void => void lines.push(line);
  return {
    lines,
    output: new Output({ print, tell: print, hasColors: false, showsResults: true, columns: 20, ...options }),
  };
}

test("nothing that is printed can be obeyed, with or without colours", () => {
  for (const hasColors of [false, true]) {
    const { lines, output } = paper({ hasColors });
    output.line("a\x1b[2J", painted("red", "b\x1b[0m"));
    output.table([["c\x1b", painted("blue", "d\r")]]);
    output.columns(["e\x07"]);
    const text = lines.join("\n").replaceAll("\x1b[31m", "").replaceAll("\x1b[34m", "").replaceAll("\x1b[39m", "");
    expect(text).toBe("a\\x1b[2Jb\\x1b[0m\nc\\x1b  d\\r\ne\\x07");
  }
});

test("colours are put on where there are some, and take no width", () => {
  const { lines, output } = paper({ hasColors: true });
  output.table([
    [painted("red", "a"), "1"],
    ["bbb", "2"],
  ]);
  expect(lines).toEqual(["\x1b[31ma\x1b[39m    1", "bbb  2"]);
});

test("columns that end at the right, and names side by side", () => {
  const { lines, output } = paper();
  output.table(
    [
      ["1", "x"],
      ["100", "y"],
    ],
    [0],
  );
  expect(lines.splice(0)).toEqual(["  1  x", "100  y"]);
  output.columns(["one", "two", "three", "four", "five"]);
  expect(lines).toEqual(["one  three  five", "two  four"]);
});

test("into a pipe, one name to a line", () => {
  const { lines, output } = paper({ showsResults: false });
  output.columns(["one", "two"]);
  expect(lines).toEqual(["one", "two"]);
});

test("values as JSON", () => {
  expect(jsonText({ at: new Date(0), ns: 12n, fields: new Map([["a", "b"]]), none: undefined })).toBe(
    '{"at":"1970-01-01T00:00:00.000Z","ns":"12","fields":{"a":"b"}}',
  );
});
