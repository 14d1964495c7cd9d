// IndexedDB with promises, transactions that are over when they resolve, and Glow's errors.

import { GlowError } from "#base/errors.ts";

export interface TransactionOptions {
  readonly op: string;
  readonly target: string;
  readonly mode: IDBTransactionMode;
  /** With `strict`, all that was written before is on the medium when the transaction resolves. */
  readonly durability?: IDBTransactionDurability;
}

export class Database {
  readonly #factory: IDBFactory;
  readonly #name: string;
  readonly #stores: readonly string[];
  readonly #upgrade: (database: IDBDatabase, transaction: IDBTransaction) => void;
  readonly #reconnects: boolean;
  #connection: Promise<IDBDatabase> | undefined;
  #closed = false;

  /**
   * `upgrade` makes the stores, named `stores`, of a new database. Without `reconnects`, what the browser closed stays
   * closed (`unavailable`), so that nobody takes a database that was made anew for the one that was open.
   */
  constructor(
    factory: IDBFactory,
    name: string,
    stores: readonly string[],
    upgrade: (database: IDBDatabase, transaction: IDBTransaction) => void,
    reconnects = true,
  ) {
    this.#factory = factory;
    this.#name = name;
    this.#stores = stores;
    this.#upgrade = upgrade;
    this.#reconnects = reconnects;
  }

  /** Lets go of the database, after what is under way. */
  async close(): Promise<void> {
    const connection = await this.#connection?.catch(() => undefined);
    connection?.close();
    this.#forget();
  }

  /** Runs `work` in one transaction: all of it happens, or, when it throws, nothing. */
  async run<Result>(
    { op, target, mode, durability = "relaxed" }: TransactionOptions,
    work: (transaction: IDBTransaction) => Promise<Result>,
  ): Promise<Result> {
    try {
      const connection = await this.#connect();
      const transaction = connection.transaction([...this.#stores], mode, { durability });
      const over = completion(transaction);
      const result = await work(transaction).catch(async (error: unknown) => {
        abort(transaction);
        await over;
        // Where the browser aborted it, its reason (the quota) says more than that of the request that it stopped.
        throw transaction.error ?? error;
      });
      await over;
      if (transaction.error !== null) throw transaction.error;
      return result;
    } catch (error) {
      throw databaseError(error, op, target);
    }
  }

  #connect(): Promise<IDBDatabase> {
    if (this.#closed) throw new DOMException("the database was closed", "InvalidStateError");
    this.#connection ??= this.#open().catch((error: unknown) => {
      this.#connection = undefined;
      throw error;
    });
    return this.#connection;
  }

  async #open(): Promise<IDBDatabase> {
    const opening = this.#factory.open(this.#name, 1);
    opening.onupgradeneeded = () => this.#upgrade(opening.result, opening.transaction as IDBTransaction);
    const connection = await requested(opening);
    connection.onclose = () => this.#forget();
    // Another tab, with a newer Glow or removing the data, waits for this.
    connection.onversionchange = () => {
      connection.close();
      this.#forget();
    };
    return connection;
  }

  #forget(): void {
    this.#connection = undefined;
    this.#closed = !this.#reconnects;
  }
}

/** What a request yields. */
export function requested<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Resolves when the transaction is over, well or not. */
function completion(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => resolve();
  });
}

function abort(transaction: IDBTransaction): void {
  try {
    transaction.abort();
  } catch {
    // The browser did so before.
  }
}

function databaseError(thrown: unknown, op: string, target: string): GlowError {
  const name = thrown instanceof Error ? thrown.name : "";
  const say = (kind: "exhausted" | "corrupt" | "unavailable", message: string) =>
    new GlowError(kind, op, { target, message, cause: thrown });
  switch (name) {
    case "QuotaExceededError":
      return say("exhausted", "the browser gives this site no more room; free some, or let the site keep more data");
    case "UnknownError":
    case "DataError":
    case "NotReadableError":
    case "NotFoundError":
      return say("corrupt", "the browser's storage failed; restore what it held from another device");
    case "InvalidStateError":
    case "AbortError":
    case "VersionError":
    case "SecurityError":
      return say("unavailable", "the browser closed this site's storage, or does not allow it; reload the page");
    default:
      return GlowError.from(thrown, op, target);
  }
}
