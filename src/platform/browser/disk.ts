// A Disk in IndexedDB, which unlike the newer file systems of browsers works in pages from insecure origins too.
//
//   nodes    id                    -> { sizeBytes }   every file and folder; the root is 0
//   names    [folder id, name]     -> { id, folder }
//   blocks   [file id, index]      -> ArrayBuffer     64 KiB each; short or absent where zeros follow
//
// No block holds bytes past its file's size. Each operation is one transaction, so a name changes atomically, and so
// does a write. A transaction of durability "strict" has the browser flush its log, and thereby all transactions
// before it: that is what `sync` is.

import { GlowError } from "#base/errors.ts";
import type { Disk, DiskEntry, DiskFile } from "#glow";
import { diskPathBelowRoot, diskPathNames } from "../disk-path.ts";
import { Database, requested, type TransactionOptions } from "./database.ts";
import { IndexedDbFile } from "./indexed-db-file.ts";

const rootId = 0;

interface NameRecord {
  readonly id: number;
  readonly folder: boolean;
}

export class IndexedDbDisk implements Disk {
  readonly #database: Database;

  /** Disks of one database name and origin are one disk, in all tabs. `factory` may be that of a storage bucket. */
  constructor(databaseName: string, factory: IDBFactory = indexedDB) {
    this.#database = new Database(factory, databaseName, ["nodes", "names", "blocks"], (database) => {
      const nodes = database.createObjectStore("nodes", { autoIncrement: true });
      database.createObjectStore("names");
      database.createObjectStore("blocks");
      nodes.put({ sizeBytes: 0 }, rootId);
    });
  }

  async open(path: string, create: "never" | "if-missing" | "always-new" = "never"): Promise<DiskFile> {
    const op = "disk.open";
    const names = diskPathBelowRoot(path, op);
    const mode = create === "never" ? "readonly" : "readwrite";
    const id = await this.#database.run({ op, target: path, mode }, async (transaction) => {
      const key = await keyOf(transaction, names, op, path);
      const found = await nameAt(transaction, key);
      if (found !== undefined) {
        if (create === "always-new") throw fault("already-exists", op, path, "there is something of this name");
        if (found.folder) throw fault("invalid", op, path, "it is a folder, not a file");
        return found.id;
      }
      if (create === "never") throw notFound(op, path);
      return addNode(transaction, key, false);
    });
    return new IndexedDbFile(this.#database, id, path);
  }

  async rename(from: string, to: string): Promise<void> {
    const op = "disk.rename";
    const fromNames = diskPathBelowRoot(from, op);
    const toNames = diskPathBelowRoot(to, op);
    await this.#database.run({ op, target: from, mode: "readwrite" }, async (transaction) => {
      const fromKey = await keyOf(transaction, fromNames, op, from);
      const moved = await nameAt(transaction, fromKey);
      if (moved === undefined) throw notFound(op, from);
      if (moved.folder) throw fault("invalid", op, from, "only files can be renamed");
      const toKey = await keyOf(transaction, toNames, op, to);
      const replaced = await nameAt(transaction, toKey);
      if (replaced?.folder) throw fault("invalid", op, to, "it is a folder, not a file");
      if (replaced?.id === moved.id) return;
      if (replaced !== undefined) removeNode(transaction, replaced.id);
      transaction.objectStore("names").delete(fromKey);
      transaction.objectStore("names").put(moved, toKey);
    });
  }

  async remove(path: string): Promise<void> {
    const op = "disk.remove";
    const names = diskPathBelowRoot(path, op);
    await this.#database.run({ op, target: path, mode: "readwrite" }, async (transaction) => {
      const key = await keyOf(transaction, names, op, path);
      const found = await nameAt(transaction, key);
      if (found === undefined) throw notFound(op, path);
      if (found.folder) {
        const children = await requested(transaction.objectStore("names").count(childrenOf(found.id)));
        if (children > 0) throw fault("invalid", op, path, "the folder is not empty");
      }
      removeNode(transaction, found.id);
      transaction.objectStore("names").delete(key);
    });
  }

  async makeFolder(path: string): Promise<void> {
    const op = "disk.make-folder";
    const names = diskPathNames(path, op);
    await this.#database.run({ op, target: path, mode: "readwrite" }, async (transaction) => {
      let id = rootId;
      for (const [i, name] of names.entries()) {
        const found = await nameAt(transaction, [id, name]);
        if (found !== undefined && !found.folder) {
          if (i === names.length - 1) throw fault("already-exists", op, path, "there is a file of this name");
          throw fault("invalid", op, path, `${name} is not a folder`);
        }
        id = found?.id ?? (await addNode(transaction, [id, name], true));
      }
    });
  }

  async list(folder: string): Promise<DiskEntry[]> {
    return this.#inFolder("disk.list", folder, { mode: "readonly" }, async (transaction, id) => {
      const store = transaction.objectStore("names");
      const [keys, records] = await Promise.all([
        requested(store.getAllKeys(childrenOf(id))) as Promise<[number, string][]>,
        requested(store.getAll(childrenOf(id))) as Promise<NameRecord[]>,
      ]);
      // IndexedDB orders strings by code unit, as is asked for.
      return keys.map(([, name], i) => ({ name, folder: (records[i] as NameRecord).folder }));
    });
  }

  async syncFolder(folder: string): Promise<void> {
    const options = { mode: "readwrite", durability: "strict" } as const;
    await this.#inFolder("disk.sync-folder", folder, options, async (transaction, id) => {
      // A transaction that writes nothing flushes nothing.
      transaction.objectStore("nodes").put({ sizeBytes: 0 }, id);
    });
  }

  async #inFolder<Result>(
    op: string,
    folder: string,
    options: Pick<TransactionOptions, "mode" | "durability">,
    work: (transaction: IDBTransaction, id: number) => Promise<Result>,
  ): Promise<Result> {
    const names = diskPathNames(folder, op);
    return this.#database.run({ op, target: folder, ...options }, async (transaction) =>
      work(transaction, await folderAt(transaction, names, op, folder)),
    );
  }
}

/** The key of a path's last name, in a folder that exists. */
async function keyOf(
  transaction: IDBTransaction,
  names: readonly string[],
  op: string,
  path: string,
): Promise<[number, string]> {
  return [await folderAt(transaction, names.slice(0, -1), op, path), names.at(-1) as string];
}

async function folderAt(
  transaction: IDBTransaction,
  names: readonly string[],
  op: string,
  path: string,
): Promise<number> {
  let id = rootId;
  for (const name of names) {
    const found = await nameAt(transaction, [id, name]);
    if (found === undefined) throw notFound(op, path);
    if (!found.folder) throw fault("invalid", op, path, `${name} is not a folder`);
    id = found.id;
  }
  return id;
}

function nameAt(transaction: IDBTransaction, key: [number, string]): Promise<NameRecord | undefined> {
  return requested(transaction.objectStore("names").get(key));
}

async function addNode(transaction: IDBTransaction, key: [number, string], folder: boolean): Promise<number> {
  const id = (await requested(transaction.objectStore("nodes").add({ sizeBytes: 0 }))) as number;
  transaction.objectStore("names").put({ id, folder } satisfies NameRecord, key);
  return id;
}

function removeNode(transaction: IDBTransaction, id: number): void {
  transaction.objectStore("nodes").delete(id);
  transaction.objectStore("blocks").delete(childrenOf(id));
}

/** All keys that begin with `id`: an array is ordered behind every number and string. */
function childrenOf(id: number): IDBKeyRange {
  return IDBKeyRange.bound([id], [id, []]);
}

function notFound(op: string, path: string): GlowError {
  return fault("not-found", op, path, "there is nothing of this name");
}

function fault(
  kind: "already-exists" | "invalid" | "not-found",
  op: string,
  target: string,
  message: string,
): GlowError {
  return new GlowError(kind, op, { target, message });
}
