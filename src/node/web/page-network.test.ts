// The page for others as addresses and time change: who is listened for, and with which certificate.

import { expect, test } from "vitest";
import { webLimits } from "#base/limits.ts";
import { GlowError } from "#base/errors.ts";
import { SeededRandom } from "#base/random.ts";
import type { HttpAddress, HttpListener, PageAuthority, ServerIdentity } from "#platform/http.ts";
import { VirtualTime } from "../../../test/scenarios/firefly/virtual-time.ts";
import { ContentDesk } from "./content-desk.ts";
import { PageFiles } from "./page-files.ts";
import { PageNetwork } from "./page-network.ts";

function served() {
  const time = new VirtualTime();
  const random = new SeededRandom("page");
  const platform = { clock: time.clock, timers: time.timers, random };
  const open = new Map<string, ServerIdentity | undefined>();
  const issued: string[] = [];
  const problems: GlowError[] = [];
  const chosen: number[] = [];
  const ended: number[] = [];
  const taken = new Set<string>();
  const authority: PageAuthority = {
    certificate: new Uint8Array(),
    fingerprint: "AB:CD",
    name: "Glow on attic",
    issue: (names, addresses, nowMs) => {
      issued.push([...names, ...addresses].join(" "));
      return { key: "", certificate: String(issued.length), expiresMs: nowMs + webLimits.certificateMs };
    },
  };
  const listen = ({ host, port, identity }: HttpAddress): Promise<HttpListener> => {
    const place = `${identity === undefined ? "http" : "https"} ${host}:${port === 0 ? 9999 : port}`;
    if (taken.has(place)) {
      return Promise.reject(new GlowError("already-exists", "network.listen", { target: place, message: "taken" }));
    }
    open.set(place, identity);
    return Promise.resolve({
      port: port === 0 ? 9999 : port,
      present: (other) => void open.set(place, other),
      close: () => Promise.resolve(void open.delete(place)),
    });
  };
  const network = new PageNetwork({
    platform,
    listen,
    files: new PageFiles({ find: () => undefined, refresh: () => Promise.resolve() }, random),
    contents: new ContentDesk(platform),
    mesh: () => undefined,
    guests: { contents: new ContentDesk(platform), accept: () => undefined, end: () => void ended.push(time.nowMs) },
    port: 4569,
    securePort: { usual: webLimits.securePort, chosen: (port) => Promise.resolve(void chosen.push(port)) },
    authority: () => Promise.resolve(authority),
    problem: (error) => problems.push(error),
  });
  return { time, network, open, issued, problems, chosen, taken, ended };
}

const attic = (...addresses: string[]) => ({ https: true, guests: false, addresses, names: ["attic.local"] });

test("nothing is served before it is asked for, and nothing any more when it is not", async () => {
  const { network, open, issued } = served();
  await network.serve({ ...attic("10.0.0.5"), https: false });
  expect([open.size, issued.length, network.trust]).toEqual([0, 0, undefined]);
  await network.serve(attic("10.0.0.5"));
  expect([...open.keys()]).toEqual(["https 10.0.0.5:4570", "http 10.0.0.5:4569"]);
  expect(network.secureOrigins).toEqual(["https://10.0.0.5:4570"]);
  expect(network.trust).toEqual({ url: "http://10.0.0.5:4569/trust", fingerprint: "AB:CD" });
  await network.serve({ ...attic("10.0.0.5"), https: false });
  expect([open.size, network.secureOrigins, network.trust]).toEqual([0, [], undefined]);
});

test("it follows the addresses of the machine, with a new certificate for them", async () => {
  const { network, open, issued } = served();
  await network.serve(attic("10.0.0.5"));
  await network.serve(attic("10.0.0.5"));
  await network.serve(attic("10.0.0.6", "fd00::6"));
  expect([...open.keys()].sort()).toEqual([
    "http 10.0.0.6:4569",
    "http fd00::6:4569",
    "https 10.0.0.6:4570",
    "https fd00::6:4570",
  ]);
  expect(network.secureOrigins).toEqual(["https://10.0.0.6:4570", "https://[fd00::6]:4570"]);
  expect(issued).toEqual(["attic.local 10.0.0.5", "attic.local 10.0.0.6 fd00::6"]);
  for (const [place, identity] of open) if (place.startsWith("https")) expect(identity?.certificate).toBe("2");
  await network.serve(attic());
  expect(open.size).toBe(0);
});

test("a certificate is renewed by itself, webLimits.certificateRenewalMs before it ends", async () => {
  const { time, network, open, issued } = served();
  await network.serve(attic("10.0.0.5"));
  await time.until(webLimits.certificateMs - webLimits.certificateRenewalMs - 1000);
  expect(issued).toHaveLength(1);
  await time.until(webLimits.certificateMs - webLimits.certificateRenewalMs + 1_000_000);
  expect(open.get("https 10.0.0.5:4570")?.certificate).toBe("2");
  await time.until(10 * webLimits.certificateMs);
  expect(issued.length).toBeGreaterThan(12);
  expect(issued.length).toBeLessThan(16);
  await network.stop();
  expect([open.size, time.pending]).toEqual([0, 0]);
});

test("a port that is taken gives another, which is remembered; what cannot be served is said, and the rest is", async () => {
  const { network, open, problems, chosen, taken } = served();
  taken.add("https 10.0.0.5:4570").add("http 10.0.0.5:4569");
  await network.serve(attic("10.0.0.5", "10.0.0.6"));
  expect([...open.keys()]).toEqual(["https 10.0.0.5:9999", "https 10.0.0.6:9999", "http 10.0.0.6:4569"]);
  expect(chosen).toEqual([9999]);
  expect(problems.map(({ target }) => target)).toEqual(["http 10.0.0.5:4569"]);
});

test("of more than webLimits.networkAddresses addresses the first are served", async () => {
  const { network } = served();
  await network.serve(attic(...Array.from({ length: 40 }, (_, i) => `10.0.0.${i}`)));
  expect(network.secureOrigins).toHaveLength(webLimits.networkAddresses);
});

test("guests are served over plain HTTP alone, and what goes on with them ends when they are not wanted", async () => {
  const { network, open, ended } = served();
  await network.serve({ ...attic("10.0.0.5"), https: false, guests: true });
  expect([...open.keys()]).toEqual(["http 10.0.0.5:4569"]);
  expect([network.guestOrigins, network.secureOrigins, network.trust]).toEqual([
    ["http://10.0.0.5:4569"],
    [],
    undefined,
  ]);
  expect(ended).toEqual([]);
  await network.serve(attic("10.0.0.5"));
  expect([network.guestOrigins, ended.length]).toEqual([[], 1]);
});
