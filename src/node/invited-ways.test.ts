// Which way to an issuer is taken, and which of those that lead nowhere end the search.

import { expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import type { Address, NodeId } from "#glow";
import { VirtualTime } from "../../test/scenarios/firefly/virtual-time.ts";
import { goToIssuer, type InvitedWaysOptions } from "./invited-ways.ts";

const issuer = "issuer" as NodeId;

/** Says of each address when something comes of it, and what: no error is a link. */
type Answers = Readonly<Record<string, { readonly afterMs: number; readonly error?: GlowError }>>;

async function go(answers: Answers, relays: readonly string[] = []): Promise<unknown> {
  const time = new VirtualTime();
  const mesh: InvitedWaysOptions["mesh"] = {
    dial: (address) =>
      new Promise((resolve, reject) => {
        const { afterMs, error } = answers[address] ?? { afterMs: 0 };
        time.timers.after(afterMs, () => (error === undefined ? resolve(issuer) : reject(error)));
      }),
    link: () => Promise.reject(new Error("nobody is asked")),
  };
  const introductions: InvitedWaysOptions["introductions"] = {
    ask: () => Promise.reject(new Error("nobody is asked")),
  };
  const addresses = Object.keys(answers).filter((address) => !relays.includes(address)) as Address[];
  const code = { issuer, secret: new Uint8Array(16), addresses, relays: relays as Address[] };
  const found = goToIssuer({ timers: time.timers, mesh, introductions }, code).catch((error: unknown) => error);
  await time.until(60_000);
  return found;
}

const noTransport = new GlowError("unsupported", "network.dial", { message: "no transport for it" });
const silent = new GlowError("unavailable", "network.dial", { message: "nobody answers" });

test("an address for which there is no transport ends no other way, however long that takes", async () => {
  const answers = { "ws://a": { afterMs: 5000 }, "tcp://a": { afterMs: 0, error: noTransport } };
  expect(await go(answers)).toEqual([[issuer, "ws://a", "tcp://a"]]);
});

test("it is told of only if there is no other", async () => {
  const tcp = { "tcp://a": { afterMs: 0, error: noTransport } };
  expect(await go(tcp)).toMatchObject({ kind: "unavailable", message: expect.stringContaining("no transport") });
  const both = (await go({ ...tcp, "ws://a": { afterMs: 900, error: silent } })) as GlowError;
  expect(both.message).toContain("ws://a: nobody answers");
  expect(both.message).not.toContain("no transport");
});

test("the issuer's refusal ends the search, that of a device between does not", async () => {
  const refused = new GlowError("denied", "link.handshake", { message: "used already" });
  const answers = { "tcp://a": { afterMs: 600 }, "tcp://b": { afterMs: 0, error: refused } };
  expect(await go(answers)).toBe(refused);
  expect(await go(answers, ["tcp://b"])).toEqual([[issuer, "tcp://a"]]);
});
