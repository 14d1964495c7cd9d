// Devices of a user tell each other what they know of it: whenever two become neighbours, and whenever one learns something.
// Of two neighbours one begins; what one side lacks comes in pages, so that nobody is kept busy for long by anybody.

import { equalBytes } from "#base/bytes.ts";
import { type ErrorKind, GlowError } from "#base/errors.ts";
import { nodeLimits } from "#base/limits.ts";
import type { Hash, NodeId, Timer, Timers, UserLog } from "#glow";
import type { MembershipStub } from "#interfaces/generated/membership.ts";

export interface MemberSyncOptions {
  readonly timers: Timers;
  /** The user's log; undefined while this device belongs to none. */
  log(): UserLog | undefined;
  isMember(node: NodeId): boolean;
  isNeighbour(node: NodeId): boolean;
  /** A neighbour's membership service, and how to let go of it. */
  ask(node: NodeId): Promise<{ readonly membership: MembershipStub; end(): void }>;
}

/** What is done about one neighbour. */
interface Round {
  failures: number;
  /** Something has changed while it was under way. */
  again: boolean;
  retry: Timer | undefined;
}

const firstRetryMs = 1000;
const lastRetryMs = 60_000;

export class MemberSync {
  readonly #options: MemberSyncOptions;
  readonly #rounds = new Map<NodeId, Round>();
  #stopped = false;

  constructor(options: MemberSyncOptions) {
    this.#options = options;
  }

  /** Soon both know the same; if that fails it is tried again while they are neighbours. */
  with(peer: NodeId): void {
    if (this.#stopped || this.#options.log() === undefined) return;
    const known = this.#rounds.get(peer);
    if (known?.retry !== undefined) {
      known.retry.cancel();
      this.#begin(peer, known);
    } else if (known !== undefined) {
      known.again = true;
    } else {
      this.#begin(peer, { failures: 0, again: false, retry: undefined });
    }
  }

  /** It is no neighbour any more. */
  forget(peer: NodeId): void {
    const round = this.#rounds.get(peer);
    if (round?.retry === undefined) return;
    round.retry.cancel();
    this.#rounds.delete(peer);
  }

  stop(): void {
    this.#stopped = true;
    for (const { retry } of this.#rounds.values()) retry?.cancel();
  }

  #begin(peer: NodeId, round: Round): void {
    round.retry = undefined;
    round.again = false;
    this.#rounds.set(peer, round);
    this.#sync(peer).then(
      () => this.#over(peer, round),
      (error: unknown) => {
        if (this.#stopped) return;
        this.#failed(peer, round);
        // A defect of this node. What a peer calls one has become `unavailable`.
        if (!(error instanceof GlowError) || error.kind === "internal") throw error;
      },
    );
  }

  #over(peer: NodeId, round: Round): void {
    if (round.again && !this.#stopped) this.#begin(peer, { ...round, failures: 0 });
    else this.#rounds.delete(peer);
  }

  #failed(peer: NodeId, round: Round): void {
    const { isNeighbour, timers } = this.#options;
    if (!isNeighbour(peer)) {
      this.#rounds.delete(peer);
      return;
    }
    const waitMs = Math.min(lastRetryMs, firstRetryMs * 2 ** round.failures++);
    round.retry = timers.after(waitMs, () => this.#begin(peer, round));
  }

  async #sync(peer: NodeId): Promise<void> {
    const { log: logNow, isMember, ask } = this.#options;
    const log = logNow();
    if (log === undefined) return;
    const { membership, end } = await ask(peer);
    try {
      for (let isFirst = true; ; isFirst = false) {
        // Only to those who belong to the user: the statements name its devices.
        if (isMember(peer)) await this.#tell(membership, log.missing(await this.#headsOf(membership, isFirst)));
        const heads = log.heads();
        await log.merge(await pageAfter(membership, heads));
        if (sameHeads(heads, log.heads())) return;
      }
    } finally {
      end();
    }
  }

  /** What a neighbour knows; one that does not take us for a member yet is shown everything. */
  async #headsOf(membership: MembershipStub, isFirst: boolean): Promise<readonly Hash[]> {
    try {
      return (await asked(membership.heads({ deadlineMs: nodeLimits.joinMs }))) as readonly Hash[];
    } catch (error) {
      if (isFirst && error instanceof GlowError && error.kind === "denied") return [];
      throw error;
    }
  }

  async #tell(membership: MembershipStub, statements: readonly Uint8Array[]): Promise<void> {
    const page = nodeLimits.statementsPerCall;
    for (let at = 0; at < statements.length; ) {
      try {
        await asked(membership.merge(statements.slice(at, at + page), { deadlineMs: nodeLimits.joinMs }));
        at += page;
      } catch (error) {
        if (!(error instanceof GlowError) || error.kind !== "exhausted" || this.#stopped) throw error;
        await new Promise<void>((resolve) => void this.#options.timers.after(firstRetryMs, resolve));
      }
    }
  }
}

/** What somebody lacks who has these heads, or the first part of it. */
export async function pageAfter(membership: MembershipStub, heads: readonly Hash[]): Promise<readonly Uint8Array[]> {
  return checkedPage(await asked(membership.missing(heads, { deadlineMs: nodeLimits.joinMs })));
}

/** `protocol` for more than is asked for at a time: each statement costs a signature's verification. */
export function checkedPage(statements: readonly Uint8Array[]): readonly Uint8Array[] {
  if (statements.length <= nodeLimits.statementsPerCall) return statements;
  const message = `${statements.length} statements in one answer; at most ${nodeLimits.statementsPerCall} are taken`;
  throw new GlowError("protocol", "member.sync", { message });
}

/** What the other side calls a defect is one of its own, and to this side an answer like any other. */
export async function asked<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (thrown) {
    const error = GlowError.from(thrown, "member.ask");
    const kind: ErrorKind = error.kind === "internal" ? "unavailable" : error.kind;
    throw new GlowError(kind, error.op, { target: error.target, message: error.message, cause: error });
  }
}

function sameHeads(one: readonly Uint8Array[], other: readonly Uint8Array[]): boolean {
  return one.length === other.length && one.every((head, at) => equalBytes(head, other[at] as Uint8Array));
}
