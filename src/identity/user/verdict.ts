// Which statements of a user count: the deterministic merge. It is a function of the *set* of statements: the order in
// which they came decides nothing. A statement got into the graph only if its author might say it in the verdict on
// what it knew, its ancestors (admission.ts). Taken together, statements that did not know of one another are judged so:
//
//   1. A revocation by the recovery key strikes every statement of its target that it did not know, or that is past the
//      position it accepts; also revocations. What rests on a struck statement (a device that it added) falls with it.
//   2. Every revocation that is left counts, whatever concurrent revocations say about its author.
//   3. These revocations strike as in 1, but never a revocation. What rests on a struck statement falls with it.
//
// So everything that takes rights away outlives everything concurrent that gives them, and only the recovery key can
// undo a revocation. Two admins who revoke each other are both out. The reason is the stolen device that backdates:
// once it is revoked, nothing it signs can give anybody a right, or bring back what was revoked: it could only if some
// revocation could be struck by an equal, since no order in time between concurrent statements can be proved. What it
// still can do is take away, by revocations that pretend to be old; the recovery key is the answer to that, and no
// rule without a consensus is (docs/decisions/0008-user-statements.md).
//
// Where statements of equal weight contradict and neither gives more rights (two names), the larger hash wins; where
// a choice would let somebody choose hashes to win a key (two rotations, two recovery keys), neither holds.

import { compareBytes, equalBytes } from "#base/bytes.ts";
import type { DeviceId, PublicKey, Role, UserId } from "#glow";
import type { Author, Said, Statement } from "./statement.ts";
import { PlaceSet, type StatementGraph } from "./statement-graph.ts";

export type Revocation = Extract<Said, { type: "revoke" }>;

export interface Rights {
  readonly role: Exclude<Role, "tab">;
  /** Absent while it is contested. */
  readonly key: PublicKey | undefined;
}

export interface Certificate {
  readonly key: PublicKey;
  readonly name: string;
  readonly untilMs: number;
  readonly issuer: Author;
}

/** What was ever given to an author: its role, and the keys it has had. */
interface Given {
  readonly role: Rights["role"];
  readonly keys: readonly PublicKey[];
}

export class Verdict {
  readonly #graph: StatementGraph;
  readonly #counting: PlaceSet;
  readonly #revocations = new Map<DeviceId, number[]>();

  /** Over all statements of the graph, or those that are `among` them: a set that holds the ancestors of each. */
  constructor(graph: StatementGraph, among?: PlaceSet) {
    this.#graph = graph;
    const places: number[] = [];
    for (let place = 0; place < graph.size; place++) if (among?.has(place) ?? true) places.push(place);
    const first = this.#judge(
      places,
      this.#revocationsOf(places, (place) => this.#isRecovery(place)),
      undefined,
    );
    this.#revocations = this.#revocationsOf(places, (place) => first.has(place));
    this.#counting = this.#judge(places, this.#revocations, first);
  }

  /**
   * Takes in a statement that was admitted and knows all others, without judging these anew; false if that is not
   * enough, and a new verdict is needed.
   */
  include(place: number): boolean {
    const { said } = this.#graph.at(place);
    if (said.type === "revoke") {
      const last = this.#graph.lastSequence(said.device, this.#graph.ancestors(place));
      if (said.accepted < last) return false;
      enter(this.#revocations, said.device, place);
    }
    this.#counting.add(place);
    return true;
  }

  counts(place: number): boolean {
    return this.#counting.has(place);
  }

  /** What an author may do now; undefined if it is no device of the user, or was revoked. */
  rights(author: Author): Rights | undefined {
    if (author === this.#user) {
      const key = this.recovery();
      return key && { role: "recovery", key };
    }
    const given = this.isRevoked(author as DeviceId) ? undefined : this.#given(author, this.#counting, undefined);
    return given && { role: given.role, key: this.#currentKey(author as DeviceId, given) };
  }

  /** Every key that statements which count gave a device or tab, whatever it may do now; ascending by bytes. */
  keysOf(device: DeviceId): PublicKey[] {
    const keys: PublicKey[] = [];
    for (const place of this.#graph.about(device)) {
      const { said, key } = this.#graph.at(place);
      if (!this.counts(place)) continue;
      if (said.type === "genesis") keys.push(key);
      else if (said.type === "add" || said.type === "certify" || said.type === "rotate") keys.push(said.key);
    }
    return keys
      .sort(compareBytes)
      .filter((key, index, sorted) => index === 0 || !equalBytes(key, sorted[index - 1] as PublicKey));
  }

  isRevoked(device: DeviceId): boolean {
    return this.#revocations.has(device);
  }

  revocations(device: DeviceId): Revocation[] {
    return (this.#revocations.get(device) ?? []).map((place) => this.#graph.at(place).said as Revocation);
  }

  revoked(): Iterable<DeviceId> {
    return this.#revocations.keys();
  }

  /** The recovery key; undefined if there is none, or if two changes of it contradict. */
  recovery(): PublicKey | undefined {
    const changes = this.#graph.latest(this.#aboutUser("recovery"));
    if (changes.length > 1) return undefined;
    const said = changes.length === 1 ? this.#graph.at(changes[0] as number).said : this.#graph.at(0).said;
    if (said.type === "recovery") return said.key;
    return said.type === "genesis" ? said.recovery : undefined;
  }

  /** A device's name, or the user's. */
  nameOf(subject: DeviceId | "user"): string {
    const naming = this.#graph.about(subject).filter((place) => this.counts(place) && isNaming(this.#graph.at(place)));
    const start = subject === "user" && !naming.includes(0) ? [0, ...naming] : naming;
    const latest = this.#graph.latest(start).map((place) => this.#graph.at(place));
    latest.sort((a, b) => (a.id < b.id ? -1 : 1));
    return nameIn(latest.at(-1)?.said, subject);
  }

  /** What a device or tab was called that is revoked now. */
  formerNameOf(device: DeviceId): string {
    const name = this.nameOf(device);
    if (name !== "") return name;
    return this.#longestCertificate(device, () => true)?.name ?? "";
  }

  /** The certificate of a tab, run out or not, that lasts longest; only while whoever gave it is not revoked. */
  certificate(tab: DeviceId): Certificate | undefined {
    if (this.isRevoked(tab)) return undefined;
    return this.#longestCertificate(tab, ({ author }) => author === this.#user || this.rights(author) !== undefined);
  }

  #longestCertificate(tab: DeviceId, isVouchedFor: (statement: Statement) => boolean): Certificate | undefined {
    let longest: Statement | undefined;
    for (const place of this.#graph.about(tab)) {
      const statement = this.#graph.at(place);
      if (statement.said.type !== "certify" || !this.counts(place) || !isVouchedFor(statement)) continue;
      if (longest === undefined || lasts(statement, longest)) longest = statement;
    }
    if (longest?.said.type !== "certify") return undefined;
    const { key, name, untilMs } = longest.said;
    return { key, name, untilMs, issuer: longest.author };
  }

  /** Whether this may be said by who has these rights. */
  permits(statement: Statement, role: Rights["role"]): boolean {
    return this.#permitted(statement, role, this.#counting, undefined);
  }

  get #user(): UserId {
    return this.#graph.at(0).id as UserId;
  }

  #isRecovery(place: number): boolean {
    return this.#graph.at(place).author === this.#user;
  }

  #aboutUser(type: "recovery"): number[] {
    return this.#graph.about("user").filter((place) => this.counts(place) && this.#graph.at(place).said.type === type);
  }

  #revocationsOf(places: readonly number[], which: (place: number) => boolean): Map<DeviceId, number[]> {
    const revocations = new Map<DeviceId, number[]>();
    for (const place of places) {
      const { said } = this.#graph.at(place);
      if (said.type === "revoke" && which(place)) enter(revocations, said.device, place);
    }
    return revocations;
  }

  /** The places that are not struck and still have what they rest on. Revocations in `settled` are past judgement. */
  #judge(
    places: readonly number[],
    revocations: ReadonlyMap<DeviceId, readonly number[]>,
    settled: PlaceSet | undefined,
  ): PlaceSet {
    const counting = new PlaceSet(this.#graph.size);
    for (const place of places) {
      const statement = this.#graph.at(place);
      if (place === 0) {
        counting.add(place);
      } else if (settled !== undefined && statement.said.type === "revoke") {
        if (settled.has(place)) counting.add(place);
      } else if (!this.#isStruck(place, statement, revocations) && this.#stands(place, statement, counting)) {
        counting.add(place);
      }
    }
    return counting;
  }

  #isStruck(place: number, { author, sequence }: Statement, by: ReadonlyMap<DeviceId, readonly number[]>): boolean {
    return (by.get(author as DeviceId) ?? []).some((revocation) => {
      const { accepted } = this.#graph.at(revocation).said as Revocation;
      return sequence > accepted || !this.#graph.ancestors(revocation).has(place);
    });
  }

  /**
   * Whether what the author was given, in statements that count and that this one knows, still allows it. Whether the
   * key was the current one, and the author not revoked, was settled when it was admitted.
   */
  #stands(place: number, statement: Statement, counting: PlaceSet): boolean {
    const known = this.#graph.ancestors(place);
    const given = this.#given(statement.author, counting, known);
    return (
      given !== undefined &&
      given.keys.some((key) => equalBytes(key, statement.key)) &&
      this.#permitted(statement, given.role, counting, known)
    );
  }

  #given(author: Author, counting: PlaceSet, known: PlaceSet | undefined): Given | undefined {
    const isRecovery = author === this.#user;
    let role: Rights["role"] | undefined;
    const keys: PublicKey[] = [];
    for (const place of isRecovery ? [0, ...this.#graph.about("user")] : this.#graph.about(author as DeviceId)) {
      if (!counting.has(place) || !(known?.has(place) ?? true)) continue;
      const { said, key } = this.#graph.at(place);
      if (isRecovery) {
        if (said.type === "genesis" && said.recovery !== undefined) keys.push(said.recovery);
        else if (said.type === "recovery") keys.push(said.key);
      } else if (said.type === "genesis" || said.type === "add") {
        keys.unshift(said.type === "genesis" ? key : said.key);
        if (role !== "admin") role = said.type === "genesis" ? "admin" : said.role;
      } else if (said.type === "promote") {
        role = "admin";
      } else if (said.type === "rotate") {
        keys.push(said.key);
      }
    }
    if (isRecovery) return keys.length === 0 ? undefined : { role: "recovery", keys };
    // A promotion of what is no device gives nothing; a promotion always knows the statement that added its device.
    return role === undefined || keys.length === 0 ? undefined : { role, keys };
  }

  /** The first key, or that of the latest rotation; of concurrent ones that by the author of the highest rank. */
  #currentKey(device: DeviceId, given: Given): PublicKey | undefined {
    const rotations = this.#graph
      .about(device)
      .filter((place) => this.counts(place) && this.#graph.at(place).said.type === "rotate");
    if (rotations.length === 0) return given.keys[0];
    const latest = this.#graph.latest(rotations).map((place) => this.#graph.at(place));
    const rank = ({ author }: Statement) => (author === this.#user ? 2 : author === device ? 0 : 1);
    const highest = Math.max(...latest.map(rank));
    const [winner, ...others] = latest.filter((each) => rank(each) === highest);
    return winner?.said.type === "rotate" && others.length === 0 ? winner.said.key : undefined;
  }

  #permitted(statement: Statement, role: Rights["role"], counting: PlaceSet, known: PlaceSet | undefined): boolean {
    const { said, author, subject } = statement;
    const governs = role === "recovery" || role === "admin";
    switch (said.type) {
      case "add":
      case "promote":
        return governs;
      case "revoke":
        return governs || subject === author || this.#certifiedBy(author, said.device, counting, known);
      case "rotate":
      case "rename":
        return governs || subject === author;
      case "recovery":
        return role === "recovery";
      case "certify":
      case "unknown":
        return true;
      case "genesis":
        return false;
    }
  }

  #certifiedBy(author: Author, tab: DeviceId, counting: PlaceSet, known: PlaceSet | undefined): boolean {
    return this.#graph.about(tab).some((place) => {
      const statement = this.#graph.at(place);
      const counts = counting.has(place) && (known?.has(place) ?? true);
      return counts && statement.said.type === "certify" && statement.author === author;
    });
  }
}

function isNaming({ said }: Statement): boolean {
  return said.type === "genesis" || said.type === "add" || said.type === "rename";
}

function nameIn(said: Said | undefined, subject: DeviceId | "user"): string {
  if (said?.type === "genesis") return subject === "user" ? said.name : said.device;
  return said?.type === "add" || said?.type === "rename" ? said.name : "";
}

function lasts(a: Statement, b: Statement): boolean {
  const untilMs = ({ said }: Statement) => (said.type === "certify" ? said.untilMs : 0);
  return untilMs(a) > untilMs(b) || (untilMs(a) === untilMs(b) && a.id > b.id);
}

function enter(revocations: Map<DeviceId, number[]>, device: DeviceId, place: number): void {
  const places = revocations.get(device);
  if (places === undefined) revocations.set(device, [place]);
  else places.push(place);
}
