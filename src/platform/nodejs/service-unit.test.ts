// The unit of a node's service: that every path comes back from it as it went in.

import fc from "fast-check";
import { expect, test } from "vitest";
import { fitsUnit, unitText, unitWord } from "./service-unit.ts";

/** Reads one quoted word back by the rules of systemd.syntax(7), then systemd.unit(5) for `%` and systemd.service(5) for `$`. */
function readBack(quoted: string): string {
  expect(quoted).toMatch(/^"[^]*"$/);
  const unquoted = quoted.slice(1, -1).replaceAll(/\\(.)/g, "$1");
  return unquoted.replaceAll("%%", "%").replaceAll("$$", "$");
}

test("a word comes back as it was", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }).filter(fitsUnit), (word) => {
      const quoted = unitWord(word);
      expect(readBack(quoted)).toBe(word);
      expect(quoted.slice(1, -1)).not.toMatch(/(?<!\\)(?:\\\\)*"|(?<!%)(?:%%)*%(?!%)|(?<!\$)(?:\$\$)*\$(?!\$)/);
    }),
  );
});

test("a path with a line's end, which could add lines of its own, does not fit", () => {
  expect(fitsUnit("/srv/ada lovelace/$HOME %h")).toBe(true);
  expect(fitsUnit("/srv/ada\nExecStartPost=/bin/true")).toBe(false);
});

test("the unit runs the command, and has a home's percent signs in its description as they are", () => {
  const text = unitText({ command: ["/opt/a b/node", "start"], home: "/srv/100%" });
  expect(text).toContain('\nExecStart="/opt/a b/node" "start"\n');
  expect(text).toContain("\nDescription=Glow node in /srv/100%%\n");
});
