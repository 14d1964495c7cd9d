// Streams as values: what one gives, and what the other side gets.

import type { Awaitable } from "./stub.ts";

/** What can be given where the schema says stream. It is read only as fast as the other side takes it. */
export type StreamSource<Item> = Iterable<Item> | AsyncIterable<Item>;

/**
 * A stream from elsewhere. Read it once, with `for await` or `readBatch`. Leaving the loop early, or releasing the
 * stream, tells the other side to stop. If the producer fails, reading throws its error after the items before it.
 * One that is neither read to its end nor released stays open, and counts among the streams that the peer may have.
 */
export interface Stream<Item> extends AsyncIterable<Item>, Disposable {
  /** All items that have come (at least one); undefined at the end. The fast way to read many small items. */
  readBatch(): Awaitable<readonly Item[] | undefined>;
}

/** Bytes: cut into pieces as it suits the transport. */
export type ByteStream = Stream<Uint8Array>;
