// Which version is meant by what was typed.

import { expect, test } from "vitest";
import type { Version } from "#interfaces/generated/drive.ts";
import { chooseVersion, isMeant, shortId } from "./version-choice.ts";

function version(id: string, author: string): Version {
  const written = new Date(0);
  return { id, author, device: author, written, modifiedNs: 0n, sizeBytes: 1, head: false, elsewhere: true };
}

const versions = [version("dabcdefghijk.12", "desk"), version("dabcdefghijk.2", "desk"), version("dxyz.3", "attic")];

test("what is shown of an id is enough to name it", () => {
  for (const { id } of versions) expect(chooseVersion(versions, "a", shortId(id)).id).toBe(id);
  expect(shortId("dabcdefghijk.12")).toBe("dabcdefg.12");
  expect(shortId("abcdefghijkl")).toBe("abcdefgh");
});

test("the beginning of an id, or the author, where one alone is meant", () => {
  expect(chooseVersion(versions, "a", "dx").id).toBe("dxyz.3");
  expect(chooseVersion(versions, "a", "attic").id).toBe("dxyz.3");
  expect(isMeant("dabc.12", "dabc.1")).toBe(false);
  expect(() => chooseVersion(versions, "a", "desk")).toThrow("desk could be each of several versions; there are:");
  expect(() => chooseVersion(versions, "a", "none")).toThrow("no version is called none; there are:");
});
