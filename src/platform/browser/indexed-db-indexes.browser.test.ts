// What indexes in IndexedDB do beyond the contract: what is no index is made anew, and one that was taken away is not
// mistaken for an empty one.

import { afterEach, expect, test } from "vitest";
import { failure } from "../../../test/compliance/subject.ts";
import { requested } from "./database.ts";
import { IndexedDbIndexes } from "./indexed-db-indexes.ts";

const databaseName = "glow-index-test-index-store";
const indexes = new IndexedDbIndexes("glow-index-test");
const change = { key: Uint8Array.of(1), value: Uint8Array.of(2) };

function deleteDatabase(): Promise<unknown> {
  return requested(indexedDB.deleteDatabase(databaseName));
}

afterEach(deleteDatabase);

test("a database of another layout is made anew", async () => {
  const opening = indexedDB.open(databaseName, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("other");
  (await requested(opening)).close();
  const index = await indexes.open("store");
  expect(index.wasReset).toBe(true);
  await index.write([change]);
  await index.close();
  const again = await indexes.open("store");
  expect(again.wasReset).toBe(false);
  expect(await again.read([change.key])).toEqual([change.value]);
  await again.close();
});

test("an index whose database was taken away is `unavailable`, until it is opened anew", async () => {
  const index = await indexes.open("store");
  await index.write([change]);
  await deleteDatabase();
  await failure(index.read([change.key]), "unavailable");
  await failure(index.write([change]), "unavailable");
  await failure(index.close(), "unavailable");
  const again = await indexes.open("store");
  expect(await again.read([change.key])).toEqual([undefined]);
  await again.close();
});

test("others in the page who give the same name are refused while it is open", async () => {
  const index = await indexes.open("store");
  await failure(new IndexedDbIndexes("glow-index-test").open("store"), "unavailable");
  await index.close();
  const other = await new IndexedDbIndexes("glow-index-test").open("store");
  await other.close();
});

test("what was written is there, byte for byte, after the page let go of it", async () => {
  const changes = Array.from({ length: 300 }, (_, i) => ({ key: Uint8Array.of(i >> 8, i), value: Uint8Array.of(i) }));
  const index = await indexes.open("store");
  await index.write(changes);
  await index.close();
  const again = await indexes.open("store");
  const rows = await again.range(new Uint8Array(), Uint8Array.of(255), 1000, true);
  expect(rows).toEqual(changes.toReversed().map(({ key, value }) => [key, value]));
  await again.close();
});
