// What errors of drives are said to be about.

import { expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import { typedTarget } from "./typed-target.ts";

function shown(target: string, ...words: string[]): string | undefined {
  return typedTarget(new GlowError("not-found", "drive.find", { target, message: "it is not there" }), words);
}

test("what was typed, or lies in it, has its drive in front", () => {
  expect(shown("notes/a.txt", "cat", "docs/notes/a.txt")).toBe("docs/notes/a.txt");
  expect(shown("notes/a.txt", "ls", "-R", "/me/drives/docs/notes")).toBe("docs/notes/a.txt");
  expect(shown("a", "cat", "/me/nodes/desk/drives/docs/a")).toBe("/me/nodes/desk/drives/docs/a");
});

test("where another drive may be meant, or none was typed, it stays as it is", () => {
  expect(shown("a.txt", "cp", "docs/a.txt", "backup/a.txt")).toBe("a.txt");
  expect(shown("a.txt", "put", "a.txt", "docs")).toBe("a.txt");
  expect(shown("b.txt", "cat", "docs/a.txt")).toBe("b.txt");
  expect(shown("a.txt", "put", "~/a.txt", "--home", "../x\0")).toBe("a.txt");
});

test("errors of other things are not touched", () => {
  const error = new GlowError("not-found", "file.read", { target: "a.txt", message: "it is not there" });
  expect(typedTarget(error, ["put", "docs/a.txt"])).toBe("a.txt");
});
