// Bound folders of Node and of the simulated world against the contract. Node's twice: with all that this system has, and
// with no more than any other has.

import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setModified } from "#platform/nodejs/local-file.ts";
import { linuxCalls } from "#platform/nodejs/linux-calls.ts";
import { NodeLocalRoot } from "#platform/nodejs/local-root.ts";
import { SimulatedFolder } from "#platform/simulated/folder/folder.ts";
import { type FolderHands, localFolderCompliance, type LocalFolderSubject } from "./local-folder.ts";
import type { Subject } from "./subject.ts";

function realHands(root: string): FolderHands {
  const at = (path: string): string => join(root, path);
  return {
    write: (path, bytes, mode) => {
      writeFileSync(at(path), bytes);
      if (mode !== undefined) chmodSync(at(path), mode);
    },
    makeFolder: (path) => mkdirSync(at(path)),
    makeLink: (path, target) => symlinkSync(target, at(path)),
    makeSpecial: (path) => void execFileSync("mkfifo", [at(path)]),
    move: (from, to) => renameSync(at(from), at(to)),
    remove: (path) => rmSync(at(path), { recursive: true }),
    setMode: (path, mode) => chmodSync(at(path), mode),
    setModified: (path, modifiedNs) => setModified(linuxCalls(), at(path), modifiedNs),
    read: (path) => new Uint8Array(readFileSync(at(path))),
  };
}

async function realSubject(portable: boolean): Promise<Subject<LocalFolderSubject>> {
  const path = mkdtempSync(join(tmpdir(), "glow-folder-"));
  const thing = {
    root: NodeLocalRoot.open(path, portable),
    hands: realHands(path),
    // Without calls of its own, Linux gets times by way of a floating-point number.
    timeStepNs: portable || linuxCalls() === undefined ? 1000n : 1n,
    takeAway: () => rmSync(path, { recursive: true }),
  };
  return { thing, dispose: async () => rmSync(path, { recursive: true, force: true }) };
}

localFolderCompliance("Node", () => realSubject(false));
localFolderCompliance("Node, as on any system", () => realSubject(true));

for (const caseSensitive of [true, false]) {
  localFolderCompliance(`simulated${caseSensitive ? "" : ", upper and lower case alike"}`, async () => {
    let now = 1_700_000_000_000_000_000n;
    const folder = new SimulatedFolder({ nowNs: () => ++now, caseSensitive });
    const { user } = folder;
    const hands: FolderHands = {
      write: (path, bytes, mode) => {
        user.write(path, bytes);
        if (mode !== undefined) user.setMode(path, mode);
      },
      makeFolder: (path) => user.makeFolder(path),
      makeLink: (path, target) => user.makeLink(path, target),
      makeSpecial: (path) => user.makeSpecial(path, "other"),
      move: (from, to) => user.move(from, to),
      remove: (path) => user.remove(path),
      setMode: (path, mode) => user.setMode(path, mode),
      setModified: (path, modifiedNs) => user.setModified(path, modifiedNs),
      read: (path) => user.read(path),
    };
    return { thing: { root: folder.mount(), hands, timeStepNs: 1n, takeAway: () => folder.plug(false) } };
  });
}
