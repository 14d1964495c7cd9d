// The ways to a node that has given an invitation: its own addresses, and devices of its user that may reach it. Tried one
// soon after the other, since one that leads nowhere is often told of late; the first that gets there is taken.

import { GlowError } from "#base/errors.ts";
import type { Address, NodeId, Timers } from "#glow";
import type { InvitationCode } from "#identity/invitation/invitation-code.ts";
import type { Mesh } from "#mesh/mesh.ts";
import type { Introductions } from "./introductions.ts";

export interface InvitedWaysOptions {
  readonly timers: Timers;
  readonly mesh: Pick<Mesh, "dial" | "link">;
  readonly introductions: Pick<Introductions, "ask">;
}

/** Where a device of the user was reached. */
export type Reached = readonly [NodeId, ...Address[]];

/** A way that has said nothing for so long is not waited for before the next is tried. */
const staggerMs = 250;

/**
 * A link to the issuer. Gives where the device is to go from then on. `denied` or `unsupported` if the issuer itself
 * refuses, `unavailable` if no way leads to it.
 */
export async function goToIssuer(
  { timers, mesh, introductions }: InvitedWaysOptions,
  { issuer, secret, addresses, relays }: Pick<InvitationCode, "issuer" | "secret" | "addresses" | "relays">,
): Promise<Reached[]> {
  const own: Reached = [issuer, ...addresses];
  const proof = { expected: issuer, invitation: secret };
  const direct = addresses.map((address) => async (signal: AbortSignal): Promise<Reached[]> => {
    await mesh.dial(address, { ...proof, signal });
    return [own];
  });
  const over = relays.map((address) => async (signal: AbortSignal): Promise<Reached[]> => {
    const between = await mesh.dial(address, { signal }).catch(noWay);
    if (between === issuer) throw new GlowError("unavailable", "member.join", { message: "it is the node itself" });
    const pipe = await introductions.ask(between, issuer, signal).catch(noWay);
    await mesh.link(pipe, "relay", { ...proof, signal });
    return [own, [between, address]];
  });
  const places = [...addresses, ...relays.map((address) => `over ${address}`)];
  const failures = new Map<string, GlowError>();
  const attempts = [...direct, ...over].map((go, i) => async (signal: AbortSignal) => {
    try {
      return await go(signal);
    } catch (thrown) {
      const error = GlowError.from(thrown, "member.join");
      if (error.kind === "internal" || isRefusal(error)) throw thrown;
      failures.set(places[i] as string, error);
      return undefined;
    }
  });
  const reached = await firstOf(timers, attempts);
  if (reached !== undefined) return reached;
  const message = `the node that gave the invitation cannot be reached: ${reasons(failures)}. Is it on, and in reach of this one?`;
  throw new GlowError("unavailable", "member.join", { target: issuer, message });
}

/** It is the right node that refuses, and not the way that there is none: other ways lead to the same. */
function isRefusal({ kind, op }: GlowError): boolean {
  return (kind === "denied" || kind === "unsupported") && op !== "network.dial";
}

/** Whatever another than the issuer says, it ends this way alone. */
function noWay(thrown: unknown): never {
  const { kind, op, message } = GlowError.from(thrown, "member.join");
  throw new GlowError(kind === "internal" ? kind : "unavailable", op, { message, cause: thrown });
}

/** Of ways that this platform cannot go, as a browser cannot by TCP, it is told only if there are no others. */
function reasons(failures: ReadonlyMap<string, GlowError>): string {
  const all = [...failures];
  const open = all.filter(([, { kind }]) => kind !== "unsupported");
  const told = (open.length > 0 ? open : all).map(([place, { message }]) => `${place}: ${message}`);
  return told.length === 0 ? "the invitation names no address" : told.join("; ");
}

/** What the first attempt yields that yields something; the others are given up. An attempt that throws ends all. */
function firstOf<Result>(
  timers: Timers,
  attempts: readonly ((signal: AbortSignal) => Promise<Result | undefined>)[],
): Promise<Result | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Result | undefined>();
  const giveUp = new AbortController();
  let next = 0;
  let running = 0;
  let isOver = false;
  let timer = timers.after(0, () => begin());
  const end = (settle: () => void): void => {
    isOver = true;
    timer.cancel();
    giveUp.abort();
    settle();
  };
  const begin = (): void => {
    timer.cancel();
    const attempt = attempts[next++];
    if (isOver) return;
    if (attempt === undefined) {
      if (running === 0) end(() => resolve(undefined));
      return;
    }
    running++;
    timer = timers.after(staggerMs, () => begin());
    attempt(giveUp.signal).then(
      (result) => {
        running--;
        if (isOver) return;
        if (result === undefined) begin();
        else end(() => resolve(result));
      },
      (error: unknown) => end(() => reject(error)),
    );
  };
  return promise;
}
