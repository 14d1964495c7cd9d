// Positions of authors, by author and incarnation: what is known or sent, and whether a batch is among it.

import { equalBytes } from "#base/bytes.ts";
import type { AuthorPosition, BatchHeader } from "#glow";

export class AuthorPositions {
  readonly #byAuthor = new Map<string, AuthorPosition>();

  constructor(positions: Iterable<AuthorPosition> = []) {
    for (const position of positions) this.add(position);
  }

  get size(): number {
    return this.#byAuthor.size;
  }

  list(): AuthorPosition[] {
    return [...this.#byAuthor.values()];
  }

  /** The position of this author's incarnation. */
  of({ author, incarnation }: Pick<AuthorPosition, "author" | "incarnation">): AuthorPosition | undefined {
    return this.#byAuthor.get(`${incarnation} ${author}`);
  }

  /** One that lies before what is there changes nothing. Whether it did. */
  add({ author, incarnation, sequence, hash }: AuthorPosition): boolean {
    const known = this.of({ author, incarnation });
    if (known !== undefined) {
      if (known.sequence > sequence) return false;
      if (known.sequence === sequence && equalBytes(known.hash, hash)) return false;
    }
    this.#byAuthor.set(`${incarnation} ${author}`, { author, incarnation, sequence, hash });
    return true;
  }

  /** Whether the position of its author is this batch or a later one: with forks, the batch itself may still be missing. */
  covers({ author, incarnation, sequence }: Pick<BatchHeader, "author" | "incarnation" | "sequence">): boolean {
    return (this.of({ author, incarnation })?.sequence ?? 0) >= sequence;
  }

  includes(positions: readonly AuthorPosition[]): boolean {
    return positions.every((position) => this.covers(position));
  }
}
