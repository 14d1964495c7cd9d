// A browser tab as a node of the user: it has a key of its own, joins by the code in the link that it was opened with, and from
// then on holds the node that serves its page, for as long as both are there.

import { GlowError } from "#base/errors.ts";
import { dialLimits, nodeLimits } from "#base/limits.ts";
import type { FireflySession } from "#firefly/session/session.ts";
import type { Address, NodeId, Platform, Subscription, Timer } from "#glow";
import { NodeInterface, NodeStub } from "#interfaces/generated/node.ts";
import { Access } from "#services/access/access.ts";
import { NodeService } from "#services/node/node-service.ts";
import { Watchers } from "#services/state/watchers.ts";
import { MemberNode } from "../member-node.ts";
import { nodeProtocol } from "../node-protocol.ts";
import { TabParts } from "./tab-parts.ts";

export type TabState =
  | { readonly kind: "starting" }
  /** It belongs to nobody yet: it needs a link. `error`: why the one it had was refused. */
  | { readonly kind: "stranger"; readonly error?: GlowError }
  /** It looks for its node; `error` says why it has not found it. */
  | { readonly kind: "connecting"; readonly error?: GlowError }
  | { readonly kind: "connected"; readonly node: NodeStub; readonly host: NodeId }
  /** It is let in no more. */
  | { readonly kind: "dismissed"; readonly reason: TabEnd; readonly error: GlowError };

/** Somebody put it out; what it was let in for is over; or it was away for longer than its certificate lasts. */
export type TabEnd = "put out" | "over" | "away";

export interface TabNodeOptions {
  readonly platform: Platform;
  /** Where the node that serves the page takes pipes of the mesh. */
  readonly door: Address;
  /** For people: what the browser is. */
  readonly name: string;
  /** Of the link that the page was opened with. */
  readonly code?: string | undefined;
  /** Where else there may be one, for a tab that belongs to nobody and was opened without. */
  readonly findCode?: () => Promise<string | undefined>;
}

/** From one try to find the node to the next: doubled each time. */
const firstWaitMs = 250;
const lastWaitMs = 4000;
/** How often a code is tried at a node that does not answer. */
const joinAttempts = 8;
/** So many are no accident. */
const shortWaysOfRefusal = 3;
const askAgainMs = 10_000;
/** After so many it is asked anew who serves the page. */
const failuresOfHost = 3;

/** What may be another way a moment later. */
const passing: ReadonlySet<GlowError["kind"]> = new Set(["unavailable", "deadline", "disconnected"]);

export class TabNode {
  readonly #options: TabNodeOptions;
  readonly #watchers = new Set<() => void>();
  #member: MemberNode | undefined;
  #state: TabState = { kind: "starting" };
  #session: FireflySession | undefined;
  /** What the session gives, as long as there is one. */
  #held: { readonly node: NodeStub; readonly host: NodeId } | undefined;
  /** Who serves the page. */
  #host: NodeId | undefined;
  /** Since when there is a way to it, by the monotonic clock. */
  #wayMs: number | undefined;
  /** Ways that went as soon as they were there, one after the other. */
  #shortWays = 0;
  #failures = 0;
  #wait: Timer | undefined;
  #renewal: Timer | undefined;
  #isStopped = false;

  constructor(options: TabNodeOptions) {
    this.#options = options;
  }

  get state(): TabState {
    return this.#state;
  }

  /** Its own id in the mesh; undefined before it has started. */
  get id(): NodeId | undefined {
    return this.#member?.id;
  }

  watch(changed: () => void): Subscription {
    this.#watchers.add(changed);
    return { stop: () => void this.#watchers.delete(changed) };
  }

  /** Opens its key, joins if it has a code, and looks for its node from then on. */
  async start(): Promise<void> {
    const { platform, name, findCode } = this.#options;
    const news = new Watchers();
    const changed = () =>
      platform.timers.endOfTurn(() => {
        news.tell();
        this.#wayChanged();
      });
    const member = await MemberNode.start(platform, { name, tab: true, changed });
    this.#member = member;
    const parts = new TabParts({ platform, member, name, news });
    const access = new Access(platform, []);
    member.offer(nodeProtocol, NodeInterface, (_peer, isMember) => {
      return isMember ? new NodeService(() => parts, access) : undefined;
    });
    if (!member.hasUser) {
      const code = this.#options.code ?? (await findCode?.());
      if (code === undefined) return this.#become({ kind: "stranger" });
      if (!(await this.#join(member, code))) return;
    }
    void this.#connect(member);
  }

  /** Looks for its node now: somebody is waiting for it. */
  retry(): void {
    if (this.#wait === undefined || this.#member === undefined) return;
    this.#wait.cancel();
    this.#wait = undefined;
    void this.#connect(this.#member);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#wait?.cancel();
    this.#renewal?.cancel();
    this.#session?.close();
    await this.#member?.stop();
  }

  /** Its node may be just starting, or slow. Whoever spends a code may ask again, so it is good still. */
  async #join(member: MemberNode, code: string): Promise<boolean> {
    const { platform, door } = this.#options;
    for (let attempt = 1; ; attempt++) {
      try {
        await member.join(code, [door]);
        return true;
      } catch (thrown) {
        const error = GlowError.from(thrown, "tab.join");
        if (!passing.has(error.kind) || attempt >= joinAttempts || this.#isStopped) {
          this.#become({ kind: "stranger", error });
          return false;
        }
        this.#become({ kind: "connecting", error });
        await new Promise<void>((resolve) => void platform.timers.after(lastWaitMs, resolve));
      }
    }
  }

  async #connect(member: MemberNode): Promise<void> {
    if (this.#state.kind !== "connecting") this.#become({ kind: "connecting" });
    const { door } = this.#options;
    let session: FireflySession | undefined;
    try {
      const host = this.#host ?? (await member.mesh.dial(door));
      this.#host = host;
      member.mesh.keep(host, [door]);
      this.#wayChanged();
      session = await member.connect(host, nodeProtocol);
      const node = session.root(NodeStub);
      await node.info();
      this.#failures = 0;
      this.#session = session;
      this.#held = { node, host };
      this.#become({ kind: "connected", node, host });
      this.#renew(member, host);
      const reason = await session.closed;
      this.#lost(member, reason);
    } catch (error) {
      session?.close();
      this.#lost(member, GlowError.from(error, "tab.connect"));
    }
  }

  /**
   * A session outlives its link for a while, and the person is told at once. Who is put out is told nothing: its links are
   * closed as soon as they are made.
   */
  #wayChanged(): void {
    const { clock } = this.#options.platform;
    const member = this.#member;
    if (member === undefined || this.#host === undefined || this.#isStopped) return;
    const isThere = member.mesh.router.route(this.#host) !== undefined;
    if (isThere === (this.#wayMs !== undefined)) return;
    if (isThere) {
      this.#wayMs = clock.monotonicMs();
      if (this.#held !== undefined) void this.#askAgain(this.#held);
      return;
    }
    const isShort = clock.monotonicMs() - (this.#wayMs ?? 0) < dialLimits.stableMs;
    this.#shortWays = isShort ? this.#shortWays + 1 : 0;
    this.#wayMs = undefined;
    if (this.#shortWays >= shortWaysOfRefusal) {
      const message = "the node closes every link as soon as it is made: this browser has been put out";
      this.#dismissed(member, new GlowError("denied", "tab.link", { message }));
      member.mesh.release(this.#host);
      this.#session?.close();
    } else if (this.#state.kind === "connected") this.#become({ kind: "connecting" });
  }

  /** Its certificate is made anew as long as the page is in use. Who serves it may not want to: then it runs out. */
  #renew(member: MemberNode, host: NodeId): void {
    const again = (): void => {
      this.#renewal = this.#options.platform.timers.after(nodeLimits.expiryCheckMs, () => this.#renew(member, host));
    };
    member.renew(host).then(again, again);
  }

  #dismissed(member: MemberNode, error: GlowError): void {
    const reasons = { revoked: "put out", expired: "away" } as const;
    const isOver = error.op === "firefly.call" && member.end === undefined;
    const reason = member.end === undefined ? (isOver ? "over" : "put out") : reasons[member.end];
    this.#become({ kind: "dismissed", reason, error });
  }

  async #askAgain(held: { readonly node: NodeStub; readonly host: NodeId }): Promise<void> {
    try {
      await held.node.ping(new Uint8Array(0), { deadlineMs: askAgainMs });
    } catch {
      // The way has gone again, or the session: both are told by themselves.
      return;
    }
    this.#shortWays = 0;
    if (this.#held === held && this.#state.kind === "connecting") this.#become({ kind: "connected", ...held });
  }

  #lost(member: MemberNode, error: GlowError): void {
    this.#session = undefined;
    this.#held = undefined;
    if (this.#isStopped || this.#state.kind === "dismissed") return;
    this.#renewal?.cancel();
    if (error.kind === "denied") return this.#dismissed(member, error);
    this.#become({ kind: "connecting", error });
    // Another node may be there now.
    if (this.#failures >= failuresOfHost) this.#host = undefined;
    const waitMs = Math.min(lastWaitMs, firstWaitMs * 2 ** this.#failures++);
    this.#wait = this.#options.platform.timers.after(waitMs, () => {
      this.#wait = undefined;
      void this.#connect(member);
    });
  }

  #become(state: TabState): void {
    this.#state = state;
    for (const changed of this.#watchers) changed();
  }
}
