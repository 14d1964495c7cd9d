// The graph of a user's statements in memory: each by its place in the order of arrival, in which parents always come
// before their children, with the set of its ancestors as bits over these places.

import { compareBytes } from "#base/bytes.ts";
import { assert } from "#base/errors.ts";
import type { Hash } from "#glow";
import type { Author, Statement, StatementId, Subject } from "./statement.ts";

/** A set of places in the graph. */
export class PlaceSet {
  #words: Uint32Array;

  constructor(places = 0) {
    this.#words = new Uint32Array(Math.ceil(places / 32));
  }

  has(place: number): boolean {
    return (((this.#words[place >>> 5] ?? 0) >>> (place & 31)) & 1) === 1;
  }

  add(place: number): void {
    const word = place >>> 5;
    if (word >= this.#words.length) {
      const longer = new Uint32Array(Math.max(word + 1, this.#words.length * 2));
      longer.set(this.#words);
      this.#words = longer;
    }
    this.#words[word] = (this.#words[word] as number) | (1 << (place & 31));
  }

  addAll(other: PlaceSet): void {
    if (other.#words.length > this.#words.length) {
      const longer = new Uint32Array(other.#words.length);
      longer.set(this.#words);
      this.#words = longer;
    }
    for (let i = 0; i < other.#words.length; i++) {
      this.#words[i] = (this.#words[i] as number) | (other.#words[i] as number);
    }
  }
}

export class StatementGraph {
  readonly #statements: Statement[] = [];
  readonly #places = new Map<StatementId, number>();
  readonly #ancestors: PlaceSet[] = [];
  readonly #byAuthor = new Map<Author, number[]>();
  readonly #bySubject = new Map<Subject, number[]>();
  #bytes = 0;

  get size(): number {
    return this.#statements.length;
  }

  get totalBytes(): number {
    return this.#bytes;
  }

  at(place: number): Statement {
    const statement = this.#statements[place];
    assert(statement !== undefined, "a place in the graph has a statement");
    return statement;
  }

  placeOf(id: StatementId): number | undefined {
    return this.#places.get(id);
  }

  /** The places before that of which a statement knows: all it builds on. */
  ancestors(place: number): PlaceSet {
    return this.#ancestors[place] as PlaceSet;
  }

  /** What statements with these parents, all of them here, know. */
  knownThrough(parents: readonly StatementId[]): PlaceSet {
    const known = new PlaceSet(this.size);
    for (const parent of parents) {
      const place = this.#places.get(parent);
      assert(place !== undefined, "a parent is in the graph");
      known.addAll(this.ancestors(place));
      known.add(place);
    }
    return known;
  }

  /** Places of an author's statements, in the order of arrival. */
  by(author: Author): readonly number[] {
    return this.#byAuthor.get(author) ?? [];
  }

  /** Places of the statements about a device, a tab or the user, in the order of arrival. */
  about(subject: Subject): readonly number[] {
    return this.#bySubject.get(subject) ?? [];
  }

  subjects(): Iterable<Subject> {
    return this.#bySubject.keys();
  }

  /** Those of these places that no other of them builds on, in the order of arrival. */
  latest(places: readonly number[]): number[] {
    const latest: number[] = [];
    // Whoever builds on a place came after it, so from the end each place need only be compared with what was kept.
    for (const place of places.toReversed()) {
      if (!latest.some((later) => this.ancestors(later).has(place))) latest.push(place);
    }
    return latest.toReversed();
  }

  /** How many statements of an author are among these places. */
  lastSequence(author: Author, among: PlaceSet): number {
    let last = 0;
    for (const place of this.by(author)) if (among.has(place)) last = Math.max(last, this.at(place).sequence);
    return last;
  }

  /** Its parents are here, and itself is not. */
  add(statement: Statement, known: PlaceSet): number {
    const place = this.#statements.length;
    this.#statements.push(statement);
    this.#places.set(statement.id, place);
    this.#ancestors.push(known);
    this.#bytes += statement.bytes.length;
    enter(this.#byAuthor, statement.author, place);
    enter(this.#bySubject, statement.subject, place);
    return place;
  }

  /** Whether these parents leave nothing of the graph out. */
  isAll(known: PlaceSet): boolean {
    for (let place = this.size - 1; place >= 0; place--) if (!known.has(place)) return false;
    return true;
  }

  /** What nobody builds on, sorted by bytes. */
  heads(): readonly Hash[] {
    const inner = new Set(this.#statements.flatMap(({ parents }) => parents));
    return this.#statements
      .filter(({ id }) => !inner.has(id))
      .map(({ hash }) => hash)
      .sort(compareBytes);
  }

  statements(): readonly Statement[] {
    return this.#statements;
  }
}

function enter<Key>(index: Map<Key, number[]>, key: Key, place: number): void {
  const places = index.get(key);
  if (places === undefined) index.set(key, [place]);
  else places.push(place);
}
