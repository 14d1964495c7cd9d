// A page that is a guest: no node, but a browser that was let in to some folders, over plain HTTP. It shows the token of its link
// once, and from then on comes back by what it got for it, as long as that holds.

import { GlowError } from "#base/errors.ts";
import { FireflySession } from "#firefly/session/session.ts";
import type { Address, Clock, Network, Timer, Timers } from "#glow";
import { GuestDoorStub } from "#interfaces/generated/guest.ts";
import type { NodeStub } from "#interfaces/generated/node.ts";
import type { TabSource, TabStatus } from "./tab-context.tsx";

export interface GuestTabOptions {
  readonly platform: { readonly clock: Clock; readonly timers: Timers; readonly network: Network };
  readonly door: Address;
  /** For whoever let it in: what the browser is. */
  readonly name: string;
  /** Of the link that the page was opened with. */
  readonly token?: string | undefined;
  /** Where this browser keeps what it comes back by. */
  readonly storage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
}

const sessionKey = "glow guest";
const firstWaitMs = 250;
const lastWaitMs = 4000;

export class GuestTab implements TabSource {
  readonly id = undefined;
  readonly isGuest = true;
  readonly #options: GuestTabOptions;
  readonly #watchers = new Set<() => void>();
  #state: TabStatus = { kind: "starting" };
  #token: string | undefined;
  #door: GuestDoorStub | undefined;
  #hasLeft = false;
  #failures = 0;
  #wait: Timer | undefined;

  constructor(options: GuestTabOptions) {
    this.#options = options;
    this.#token = options.token;
  }

  get state(): TabStatus {
    return this.#state;
  }

  watch(changed: () => void): { stop(): void } {
    this.#watchers.add(changed);
    return { stop: () => void this.#watchers.delete(changed) };
  }

  start(): void {
    if (this.#token === undefined && this.#kept === null) return this.#become({ kind: "stranger" });
    void this.#connect();
  }

  retry(): void {
    if (this.#wait === undefined) return;
    this.#wait.cancel();
    this.#wait = undefined;
    void this.#connect();
  }

  /** Gives up what the link gave, here and at the node. */
  async leave(): Promise<void> {
    const kept = this.#kept;
    this.#forget();
    this.#hasLeft = true;
    if (kept !== null) await this.#door?.leave(kept);
  }

  async #connect(): Promise<void> {
    const { platform, door } = this.#options;
    // Why the last try failed goes on showing.
    if (this.#state.kind !== "connecting") this.#become({ kind: "connecting" });
    let session: FireflySession | undefined;
    try {
      session = new FireflySession(await platform.network.dial(door), platform);
      this.#door = session.root(GuestDoorStub);
      const node = await this.#enter(this.#door);
      this.#failures = 0;
      this.#become({ kind: "connected", node });
      this.#lost(await session.closed);
    } catch (error) {
      session?.close();
      this.#lost(GlowError.from(error, "guest.connect"));
    }
  }

  async #enter(door: GuestDoorStub): Promise<NodeStub> {
    const token = this.#token;
    if (token === undefined) return door.resume(this.#kept ?? "");
    const { session, node } = await door.enter(token, this.#options.name);
    this.#token = undefined;
    this.#options.storage.setItem(sessionKey, session);
    return node;
  }

  #lost(error: GlowError): void {
    this.#door = undefined;
    if (this.#hasLeft) return this.#become({ kind: "stranger" });
    if (error.kind === "denied") {
      const wasIn = this.#token === undefined;
      this.#token = undefined;
      // A new link that is refused is no reason to give up what an earlier one gave.
      if (!wasIn && this.#kept !== null) return void this.#connect();
      this.#forget();
      return this.#become(wasIn ? { kind: "dismissed", reason: "over", error } : { kind: "stranger", error });
    }
    this.#become({ kind: "connecting", error });
    const waitMs = Math.min(lastWaitMs, firstWaitMs * 2 ** this.#failures++);
    this.#wait = this.#options.platform.timers.after(waitMs, () => {
      this.#wait = undefined;
      void this.#connect();
    });
  }

  get #kept(): string | null {
    return this.#options.storage.getItem(sessionKey);
  }

  #forget(): void {
    this.#options.storage.removeItem(sessionKey);
  }

  #become(state: TabStatus): void {
    this.#state = state;
    for (const changed of this.#watchers) changed();
  }
}
