// Text from elsewhere on a terminal: what is shown of it.

import fc from "fast-check";
import { expect, test } from "vitest";
import { fitted, safeLines, safeText, textWidth } from "./safe-text.ts";

test("controls, escapes, invisible marks and marks of direction are made visible", () => {
  expect(safeText("a\x1b[31mb\x07\x7f\x9b2J")).toBe("a\\x1b[31mb\\x07\\x7f\\x9b2J");
  expect(safeText("one\ntwo\r\tthree")).toBe("one\\ntwo\\r\\tthree");
  expect(safeText("\u202egpj\u2066\u200e\ufeff\u2028")).toBe("\\u{202e}gpj\\u{2066}\\u{200e}\\u{feff}\\u{2028}");
  expect(safeText("\ud800x")).toBe("\\u{d800}x");
});

test("what people write stays as it is", () => {
  for (const text of ["naïve – Straße", "写真", "עברית", "हिन्दी", "👩‍🚀 🇨🇭", "a\\b", "~#%"])
    expect(safeText(text)).toBe(text);
  expect(safeLines("one\n\ttwo\x1b")).toBe("one\n\ttwo\\x1b");
});

test("no text leaves anything that a terminal would obey", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(safeText(text)).not.toMatch(/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
    }),
  );
});

test("width: marks take none, wide characters two", () => {
  expect(textWidth("abc")).toBe(3);
  expect(textWidth("e\u0301")).toBe(1);
  expect(textWidth("写真")).toBe(4);
  expect(textWidth("👍")).toBe(2);
});

test("what is too long loses its beginning", () => {
  expect(fitted("abc", 3)).toBe("abc");
  expect(fitted("a/long/path", 6)).toBe("…/path");
  expect(textWidth(fitted("写真写真写真", 6))).toBeLessThanOrEqual(6);
});
