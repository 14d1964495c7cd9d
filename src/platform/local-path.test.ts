// Paths as Windows would take them; what holds on all systems is shown by the compliance suite.

import { expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import { isDraftsFolder, localPathBelow, localPathNames } from "./local-path.ts";

function fault(path: string, windowsNames: boolean): string | undefined {
  try {
    localPathNames(path, windowsNames, "test.path");
    return undefined;
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(GlowError);
    return (thrown as GlowError).kind;
  }
}

test("what Windows takes for a drive, a stream, a device or another name is no path there, and elsewhere is one", () => {
  const taken = [
    "C:",
    "C:/Windows",
    "a:b",
    "file::$DATA",
    "a\\b",
    "..\\b",
    "con",
    "CON.txt",
    "a/nul",
    "aux .c",
    "com1",
    "COM\u00b9.log",
    "lpt9",
    "conin$",
    "a.",
    "a ",
    "a /b",
    "a?",
    "*",
    "<a>",
    'say "a"',
    "a|b",
    "a\tb",
  ];
  for (const path of taken) expect([path, fault(path, true), fault(path, false)]).toEqual([path, "invalid", undefined]);
  for (const path of ["a", "a/b.c", ".a", "a b", "console", "com10", "nulls", "c", "a.b.c", "\u00e4"]) {
    expect([path, fault(path, true)]).toEqual([path, undefined]);
  }
});

test("the folder for drafts is known in every spelling, at the top only", () => {
  const spellings = [
    ".glow-drafts",
    ".Glow-Drafts",
    ".glow\u200d-drafts",
    "\uff0eglow-drafts",
    "glow-d~1",
    "GLOW-D~12",
  ];
  for (const name of spellings) {
    expect(isDraftsFolder(name), name).toBe(true);
    expect(fault(`${name}/x`, false)).toBe("invalid");
    expect(fault(`a/${name}`, false)).toBeUndefined();
  }
  for (const name of [".glow-draft", ".glowdrafts", "glow-drafts", ".glow-folder", ".glow-aside-x"]) {
    expect(isDraftsFolder(name), name).toBe(false);
  }
});

test("a path is taken apart into where it lies and its name", () => {
  expect(localPathNames("", false, "test.path")).toEqual([]);
  expect(localPathBelow("a", false, "test.path")).toEqual({ folder: "", name: "a" });
  expect(localPathBelow("a/b/c", false, "test.path")).toEqual({ folder: "a/b", name: "c" });
});
