// A program that writes one file after the other into a bound folder, and tells of each, until it is killed.

import { NodeLocalRoot } from "#platform/nodejs/local-root.ts";
import { NodePackReader } from "#platform/nodejs/pack-reader.ts";
import { ContentSealer } from "#store/content/content-sealer.ts";
import { FolderWork, InlineCrew } from "#store/folder/folder-work.ts";
import { LocalFolderAgent } from "#store/folder/local-folder-agent.ts";
import { sealKeys } from "../store/bound-folder.ts";
import { compression, crypto, noise } from "../store/content-fixture.ts";

const [, , target = "", run = ""] = process.argv;
const root = NodeLocalRoot.open(target);
const crew = new InlineCrew(new FolderWork({ root, packs: new NodePackReader(target), crypto, compression }));
const watch = () => ({ stop: () => undefined });
const agent = new LocalFolderAgent({ caseSensitive: true, windowsNames: false, crew, watch });
const keys = sealKeys();

/** What each file holds. */
const plain = noise("folder writer", 200_000);
const { chunks } = new ContentSealer(crypto, compression, keys).seal(plain, { bytes: true });
const placed = chunks
  .filter(({ offset }) => offset !== undefined)
  .sort((a, b) => (a.offset as number) - (b.offset as number))
  .map((chunk) => ({ chunk, from: chunk.stored as Uint8Array }));

for (let i = 0; ; i++) {
  const path = `${run}-${i}`;
  const file = { type: "file", path, expected: undefined, mode: 0o644, modifiedNs: 0n, chunks: placed } as const;
  const [result] = await agent.apply([file], keys);
  if (result instanceof Error) throw result;
  process.send?.(path);
  await new Promise((resolve) => setImmediate(resolve));
}
