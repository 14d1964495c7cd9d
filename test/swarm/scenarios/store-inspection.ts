// What a node of the store's swarm says it has when all is healed, and what of that is not as people were told.

import { compareBytes, concatBytes, equalBytes, toHex, utf8Encode } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import type { BlobId, DriveVersion, ObjectId } from "#glow";
import type { StoredFile } from "#platform/simulated/disk/disk.ts";
import type { SimulatedNode } from "#platform/simulated/node.ts";
import type { SpaceDrive } from "#store/drive/space-drive.ts";
import { walk } from "#store/drive/drive-walk.ts";
import { type AcknowledgedVersion, bytesOfText, contentMarker, nameMarker, type StoreLedger } from "./store-ledger.ts";
import type { StoreNode } from "./store-node.ts";

export interface NodeReport {
  /** The same on all nodes: batches, and those that do not count. */
  readonly batches: string;
  /** The same on all that can read: names, kinds, attributes, versions, conflicts, the trash. */
  readonly tree: string;
  /** What is not as it should be, in words. */
  readonly problems: readonly string[];
}

/** How long content may take to come that is not here. */
const readForMs = 20_000;
/** Of so many versions, a node that keeps names only fetches one. */
const fetchedOfMany = 7;
const pageEntries = 1000;

export async function inspect(node: StoreNode, ledger: StoreLedger): Promise<NodeReport> {
  const { space, drive } = node;
  if (space === undefined) return { batches: "", tree: "", problems: ["it has not heard of the space"] };
  const hashes = (await space.hashes()).toSorted(compareBytes).map((hash) => toHex(hash));
  const quarantined = (await space.quarantined()).map(({ hash, reason }) => `${toHex(hash)} ${reason.kind}`).sort();
  const { batches: waiting, parents } = space.waiting();
  const problems: string[] = [];
  if (waiting > 0 || parents.length > 0) problems.push(`${waiting} batches wait, ${parents.length} are wanted`);
  const lost = ledger.batches.filter(({ hash, header }) => ledger.counts(header) && !hashes.includes(hash));
  if (lost.length > 0) problems.push(`${lost.length} acknowledged batches are not there`);
  let held = 0;
  for await (const _ of space.batches(await space.hashes())) held++;
  if (held !== hashes.length) problems.push(`of ${hashes.length} batches ${held} can be read`);
  if (node.role === "host") problems.push(...(await missingBlobs(node, ledger)));
  else if (drive === undefined) problems.push("it has no keys");
  else problems.push(...(await faultsOf(node, drive, ledger)));
  const isReader = node.role !== "host" && drive !== undefined;
  return {
    batches: JSON.stringify({ hashes, quarantined }),
    tree: isReader ? await treeOf(drive) : "",
    problems,
  };
}

/** All that a drive shows. */
async function treeOf(drive: SpaceDrive): Promise<string> {
  const lines: string[] = [];
  const entries: { path: string; object: ObjectId }[] = [];
  for await (const { path, entry } of walk(drive, drive.root)) entries.push({ path, object: entry.object });
  const states = await drive.states(entries.map(({ object }) => object));
  for (const [i, { path }] of entries.entries()) {
    const { heads = [], ...state } = states[i] ?? {};
    lines.push(`${path}: ${textOf({ ...state, heads: heads.map(versionText) })}`);
  }
  for (let after: ObjectId | undefined; ; ) {
    const page = await drive.removed(after, pageEntries);
    lines.push(...page.map((entry) => `removed: ${textOf(entry)}`));
    after = page.at(-1)?.object;
    if (page.length < pageEntries) break;
  }
  for (const { object, reason, versions } of await drive.conflicts(pageEntries)) {
    lines.push(`conflict: ${object} ${reason} ${versions.map(versionText).join()}`);
  }
  return lines.join("\n");
}

async function faultsOf(node: StoreNode, drive: SpaceDrive, ledger: StoreLedger): Promise<string[]> {
  const faults: string[] = [];
  for (const { node: by, device, makes } of ledger.attempts) {
    // What others have moved is there, though the batch that made it does not count.
    if (device === ledger.revoked) continue;
    const states = await drive.states(makes);
    const there = states.filter((state) => state !== undefined).length;
    if (there !== 0 && there !== makes.length)
      faults.push(`of a change on ${by} ${there} of ${makes.length} are there`);
  }
  for (const [i, version] of ledger.versions.entries()) {
    if (!ledger.counts(version)) continue;
    const found = await versionOf(drive, version);
    if (found === undefined) {
      faults.push(`the version of ${version.object} in batch ${version.batch.slice(0, 12)} is not in its history`);
      continue;
    }
    const isFetched = node.role === "full" || i % fetchedOfMany === 0;
    const fault = isFetched && ledger.promises(version) ? await contentFault(node, drive, version, found) : "";
    if (fault) faults.push(`${version.object} of batch ${version.batch.slice(0, 12)} cannot be read: ${fault}`);
  }
  return faults;
}

async function versionOf(drive: SpaceDrive, { object, batch }: AcknowledgedVersion): Promise<DriveVersion | undefined> {
  const history = await drive.history(object, pageEntries);
  return history.find(({ id }) => toHex(id.batch) === batch);
}

/** Undefined if it is what was written, byte for byte. */
async function contentFault(
  node: StoreNode,
  drive: SpaceDrive,
  { text }: AcknowledgedVersion,
  { content }: DriveVersion,
): Promise<string | undefined> {
  if (text === undefined) return undefined;
  if (content === undefined) return "it has no content";
  const giveUp = new AbortController();
  const timer = node.platform.timers.after(readForMs, () => giveUp.abort());
  try {
    const pieces: Uint8Array[] = [];
    for await (const piece of node.contents(drive).read(content, 0, undefined, giveUp.signal))
      pieces.push(piece.slice());
    return equalBytes(concatBytes(pieces), bytesOfText(text)) ? undefined : "it is something else";
  } catch (error) {
    return faultOf(error);
  } finally {
    timer.cancel();
  }
}

/** Of all that was acknowledged a host has the chunks, whatever they are. */
async function missingBlobs(node: StoreNode, ledger: StoreLedger): Promise<string[]> {
  const wanted = new Map<string, BlobId>();
  for (const version of ledger.versions) {
    if (!ledger.promises(version)) continue;
    for (const blob of version.blobs) wanted.set(toHex(blob), blob);
  }
  const faults: string[] = [];
  for (const [text, blob] of wanted) {
    try {
      await node.blobs.get(blob);
    } catch (error) {
      faults.push(`blob ${text.slice(0, 12)}: ${faultOf(error)}`);
    }
  }
  if (faults.length > 0) void node.replicator?.repair().catch(faultOf);
  return faults;
}

/** Throws what is a defect, and says in words what is not. */
function faultOf(thrown: unknown): string {
  const error = GlowError.from(thrown, "swarm.inspect");
  if (error.kind === "internal") throw error;
  return error.toString();
}

/** Where on a node's media something lies in clear that nobody there may read. */
export function findPlaintext({ disk, indexes }: SimulatedNode): string | undefined {
  const markers = [utf8Encode(nameMarker), contentMarker];
  for (const [path, { content }] of disk.names.files()) {
    const bytes = readable(content);
    if (markers.some((marker) => includes(bytes, marker))) return path;
  }
  for (const [name, { rows }] of indexes.stored) {
    for (const [key, value] of rows.entries()) {
      if (markers.some((marker) => includes(key, marker) || includes(value, marker))) return `index ${name}`;
    }
  }
  return undefined;
}

/** All but the sectors that the medium gives no more. */
function readable(content: StoredFile["content"]): Uint8Array {
  const sectors: Uint8Array[] = [];
  for (let at = 0; at < content.sizeBytes; at += content.sectorBytes) {
    try {
      sectors.push(content.read(at, content.sectorBytes));
    } catch (error) {
      if (GlowError.from(error, "swarm.hosts").kind !== "corrupt") throw error;
    }
  }
  return concatBytes(sectors);
}

function includes(bytes: Uint8Array, wanted: Uint8Array): boolean {
  const [first] = wanted as Uint8Array & [number];
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (equalBytes(bytes.subarray(at, at + wanted.length), wanted)) return true;
  }
  return false;
}

function versionText({ id, ...version }: DriveVersion): string {
  return textOf({ ...version, id: `${toHex(id.batch)} ${id.index}` });
}

/** Fields in the order of their names, numbers of any size, bytes in hexadecimal. */
function textOf(value: object): string {
  return JSON.stringify(value, (_, field: unknown) => {
    if (typeof field === "bigint") return `${field}`;
    return field instanceof Uint8Array ? toHex(field) : field;
  });
}
