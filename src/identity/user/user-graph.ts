// A user in memory: takes statements in any order, holds those whose parents are still to come, and answers with the
// state that all of them add up to. It knows no disk: `DiskUserLog` makes it last.

import { GlowError } from "#base/errors.ts";
import { idBytes, idText } from "#base/ids.ts";
import { identityLimits } from "#base/limits.ts";
import type { Crypto, Hash, UserId, UserState } from "#glow";
import { checkAdmission } from "./admission.ts";
import { type Author, readStatement, type Statement, type StatementId } from "./statement.ts";
import { PlaceSet, StatementGraph } from "./statement-graph.ts";
import { UserReport } from "./user-report.ts";
import { Verdict } from "./verdict.ts";

export interface Refusal {
  readonly index: number;
  readonly error: GlowError;
}

export class UserGraph {
  readonly user: UserId;
  readonly #crypto: Crypto;
  readonly #graph = new StatementGraph();
  readonly #orphans = new Map<StatementId, Statement>();
  readonly #orphanLimit: number;
  #verdict: Verdict | undefined;
  #report: UserReport | undefined;
  #recoveryStatements = 0;

  /** `orphanLimit`: how many statements may wait for parents. */
  constructor(crypto: Crypto, user: UserId, orphanLimit: number = identityLimits.orphans) {
    this.#crypto = crypto;
    this.user = user;
    this.#orphanLimit = orphanLimit;
  }

  get size(): number {
    return this.#graph.size;
  }

  /** In the order of arrival, causes before effects. */
  get statements(): readonly Statement[] {
    return this.#graph.statements();
  }

  has(id: StatementId): boolean {
    return this.placeOf(id) !== undefined;
  }

  /** Its place in the order of arrival, from 0; undefined if it is not here. */
  placeOf(id: StatementId): number | undefined {
    return this.#graph.placeOf(id);
  }

  heads(): readonly Hash[] {
    return this.#graph.heads();
  }

  /** For each of an author's latest statements a head that knows it, the highest sequence first. */
  headsKnowing(author: Author): readonly Hash[] {
    const latest = this.#graph.latest(this.#graph.by(author));
    latest.sort((a, b) => this.#graph.at(b).sequence - this.#graph.at(a).sequence);
    const heads = this.heads().map((hash) => ({ hash, place: this.#graph.placeOf(idText(hash)) as number }));
    const knowing = latest.map((own) =>
      heads.find(({ place }) => place === own || this.#graph.ancestors(place).has(own)),
    );
    return [...new Set(knowing.flatMap((head) => (head === undefined ? [] : [head.hash])))];
  }

  state(nowMs: number): UserState {
    return this.report().at(nowMs);
  }

  /** What is here now, and stays what it is when more comes. */
  report(): UserReport {
    this.#report ??= new UserReport(this.#crypto, this.user, this.#graph, this.#judged());
    return this.#report;
  }

  /** The sequence of the author's next statement, if it knows all that is here. */
  nextSequence(author: Author): number {
    return this.#graph.by(author).reduce((last, place) => Math.max(last, this.#graph.at(place).sequence), 0) + 1;
  }

  /** All that who knows these statements lacks. */
  missing(known: readonly StatementId[]): readonly Statement[] {
    const here = this.#graph.knownThrough(known.filter((id) => this.has(id)));
    return this.statements.filter((_, place) => !here.has(place));
  }

  /** Parents that statements wait for and that have not come. */
  wanted(): readonly Hash[] {
    const parents = [...this.#orphans.values()].flatMap((orphan) => orphan.parents);
    const absent = new Set(parents.filter((id) => !this.has(id) && !this.#orphans.has(id)));
    return [...absent].map((id) => idBytes(id) as Hash);
  }

  /** Takes in what is new of these: first all that have their parents here, then what waited for them. */
  take(list: readonly Uint8Array[]): { readonly taken: readonly Statement[]; readonly refused: readonly Refusal[] } {
    const taken: Statement[] = [];
    const refused: Refusal[] = [];
    const indexes = new Map<StatementId, number>();
    for (const [index, bytes] of list.entries()) {
      try {
        const statement = readStatement(this.#crypto, bytes);
        if (this.has(statement.id)) continue;
        indexes.set(statement.id, indexes.get(statement.id) ?? index);
        this.#orphans.set(statement.id, statement);
      } catch (error) {
        refused.push({ index, error: GlowError.from(error, "statement.read") });
      }
    }
    this.#settle(taken, (statement, error) => {
      const index = indexes.get(statement.id);
      if (index !== undefined) refused.push({ index, error });
    });
    this.#dropOrphans();
    return { taken, refused };
  }

  /** Admits orphans until none is left that could be, or waits for what was refused. */
  #settle(taken: Statement[], refuse: (statement: Statement, error: GlowError) => void): void {
    const waiting = new Map<StatementId, Statement[]>();
    const absent = new Map<StatementId, number>();
    const ready: Statement[] = [];
    for (const orphan of this.#orphans.values()) {
      const missing = orphan.parents.filter((parent) => !this.has(parent));
      for (const parent of missing) waiting.set(parent, [...(waiting.get(parent) ?? []), orphan]);
      if (missing.length === 0) ready.push(orphan);
      else absent.set(orphan.id, missing.length);
    }
    for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
      this.#orphans.delete(next.id);
      const children = waiting.get(next.id) ?? [];
      try {
        this.#admit(next);
      } catch (error) {
        this.#refuseAll(next, GlowError.from(error, "statement.admit"), waiting, refuse);
        continue;
      }
      taken.push(next);
      for (const child of children) {
        const left = (absent.get(child.id) as number) - 1;
        absent.set(child.id, left);
        if (left === 0 && this.#orphans.has(child.id)) ready.push(child);
      }
    }
  }

  /** A statement, and all that wait for it: they can never have their parents. */
  #refuseAll(
    first: Statement,
    error: GlowError,
    waiting: ReadonlyMap<StatementId, readonly Statement[]>,
    refuse: (statement: Statement, error: GlowError) => void,
  ): void {
    refuse(first, error);
    const queue = [first];
    for (let statement = queue.pop(); statement !== undefined; statement = queue.pop()) {
      for (const child of waiting.get(statement.id) ?? []) {
        if (!this.#orphans.delete(child.id)) continue;
        const message = `it builds on the statement ${statement.id}, which was refused: ${error.message}`;
        refuse(child, new GlowError(error.kind, "statement.admit", { target: child.id, message }));
        queue.push(child);
      }
    }
  }

  #admit(statement: Statement): void {
    if (this.#graph.size === 0) {
      if (statement.id !== this.user) throw stranger(statement, this.user);
      this.#graph.add(statement, new PlaceSet());
      this.#verdict = undefined;
    } else {
      this.#checkRoom(statement);
      const known = this.#graph.knownThrough(statement.parents);
      const knowsAll = this.#graph.isAll(known);
      const verdict = knowsAll ? this.#judged() : new Verdict(this.#graph, known);
      checkAdmission(this.#graph, verdict, known, statement);
      const place = this.#graph.add(statement, known);
      if (statement.author === this.user) this.#recoveryStatements++;
      // Most statements know all that is here, and then nothing else has to be judged anew.
      if (!knowsAll || !verdict.include(place)) this.#verdict = undefined;
    }
    this.#report = undefined;
  }

  #checkRoom(statement: Statement): void {
    const { statements, statementsPerAuthor, userBytes } = identityLimits;
    const own = this.#graph.by(statement.author).length;
    if (own >= statementsPerAuthor) throw full(statement, `${statementsPerAuthor} statements of one author`);
    if (statement.author === this.user) return;
    if (this.#graph.size - this.#recoveryStatements >= statements) throw full(statement, `${statements} statements`);
    if (this.#graph.totalBytes + statement.bytes.length > userBytes) throw full(statement, `${userBytes} bytes`);
  }

  #dropOrphans(): void {
    // A map keeps the order in which its keys came.
    for (const id of this.#orphans.keys()) {
      if (this.#orphans.size <= this.#orphanLimit) return;
      this.#orphans.delete(id);
    }
  }

  #judged(): Verdict {
    this.#verdict ??= new Verdict(this.#graph);
    return this.#verdict;
  }
}

function stranger({ id, said }: Statement, user: UserId): GlowError {
  const reason = said.type === "genesis" ? "it begins another user" : "the user's first statement is not here";
  return new GlowError("invalid", "statement.admit", { target: id, message: `no statement of ${user}: ${reason}` });
}

function full({ id }: Statement, what: string): GlowError {
  const message = `this node holds at most ${what} of a user; revoke what fills it, with the recovery key if need be`;
  return new GlowError("exhausted", "statement.admit", { target: id, message });
}
