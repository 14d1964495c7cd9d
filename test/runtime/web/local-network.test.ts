// The page for others in the local network, over real sockets and in Chromium: by HTTPS with the certificate of the
// installation, and the page over plain HTTP that helps to trust it. 127.0.0.2 stands for an address in that network.

import { createHash, createPublicKey, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import { join } from "node:path";
import { checkServerIdentity, connect, type PeerCertificate } from "node:tls";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { webLimits } from "#base/limits.ts";
import type { NetworkInterface } from "#platform/nodejs/interface-watch.ts";
import { axeFaults } from "./axe.ts";
import { allRights, type PageDaemon, startChromium, startPageDaemon } from "./page-daemon.ts";

const host = "127.0.0.2";

let addresses: string[];
let daemon: PageDaemon;

const interfaces = (): NetworkInterface[] => [
  { name: "eth0", addresses: addresses.map((address) => ({ family: "ipv4", address, cidr: `${address}/8` })) },
];

beforeEach(async () => {
  addresses = [host];
  daemon = await startPageDaemon({ interfaces, names: ["attic.local"] });
});

afterEach(() => daemon[Symbol.asyncDispose]());

/** Turns HTTPS on, and waits until it is served. */
async function serve(): Promise<{ readonly secure: URL; readonly trust: URL; readonly fingerprint: string }> {
  await daemon.node.settings().set({ pageHttps: true });
  await expect.poll(async () => (await daemon.node.pages().info()).network.length).toBe(1);
  const { network, trust = "", fingerprint = "" } = await daemon.node.pages().info();
  return { secure: new URL(network[0] ?? ""), trust: new URL(trust), fingerprint };
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

async function get(url: URL | string, headers: Record<string, string> = {}, ca?: string): Promise<Answer> {
  const { protocol, hostname } = new URL(url);
  // By the address, whatever `Host` says.
  const identity = (_name: string, certificate: PeerCertificate) => checkServerIdentity(hostname, certificate);
  const ask = protocol === "https:" ? secureRequest : plainRequest;
  const request = ask(url, { headers, agent: false, checkServerIdentity: identity, ...(ca !== undefined && { ca }) });
  request.end();
  const [response] = await once(request, "response");
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) };
}

async function authority(trust: URL): Promise<string> {
  const { body } = await get(new URL("/glow-authority.crt", trust));
  return new X509Certificate(body).toString();
}

describe("by HTTPS", () => {
  test("is off until it is asked for, and ends when it is not wanted", async () => {
    const { local, network, trust } = await daemon.node.pages().info();
    expect([network, trust]).toEqual([[], undefined]);
    const { port } = new URL(local[0] ?? "");
    await expect(get(`http://${host}:${port}/`)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await expect(daemon.node.pages().link(allRights, 60, true)).rejects.toMatchObject({ kind: "unavailable" });
    const { secure, trust: open } = await serve();
    expect((await get(open)).status).toBe(200);
    await daemon.node.settings().set({ pageHttps: false });
    await expect.poll(async () => (await daemon.node.pages().info()).network).toEqual([]);
    await expect(get(open)).rejects.toBeInstanceOf(Error);
    await expect(get(secure)).rejects.toMatchObject({ code: expect.stringMatching(/ECONN/) });
  });

  test("comes with a certificate that only who trusts the installation takes, for its names too", async () => {
    const { secure, trust } = await serve();
    await expect(get(secure)).rejects.toMatchObject({ code: "SELF_SIGNED_CERT_IN_CHAIN" });
    const ca = await authority(trust);
    const page = await get(secure, {}, ca);
    expect([page.status, page.headers["content-security-policy"]]).toEqual([
      200,
      expect.stringContaining("default-src 'none'"),
    ]);
    const socket = connect({ host, port: Number(secure.port), ca, servername: "attic.local" });
    await once(socket, "secureConnect");
    expect([socket.authorized, socket.getProtocol()]).toEqual([true, "TLSv1.3"]);
    socket.destroy();
    const old = connect({ host, port: Number(secure.port), ca, maxVersion: "TLSv1.1", minVersion: "TLSv1" });
    await expect(once(old, "secureConnect")).rejects.toBeInstanceOf(Error);
  });

  test("is addressed by its own names only, and only its own page connects", async () => {
    const { secure, trust } = await serve();
    const ca = await authority(trust);
    const status = async (headers: Record<string, string>) => (await get(secure, headers, ca)).status;
    expect(await status({ host: `attic.local:${secure.port}` })).toBe(200);
    for (const other of ["evil.example", "127.0.0.1", "localhost", "127.0.0.3"]) {
      expect(await status({ host: `${other}:${secure.port}` }), other).toBe(421);
    }
    expect(await status({ host })).toBe(421);
    expect(await status({ origin: `http://${host}:${secure.port}` })).toBe(403);
    expect(await status({ "sec-fetch-site": "cross-site" })).toBe(403);
    const dial = (origin: string) => {
      const socket = new WebSocket(`wss://${secure.host}/mesh`, { origin, ca });
      return once(socket, "open").finally(() => socket.terminate());
    };
    await dial(secure.origin);
    for (const origin of [trust.origin, "https://evil.example", `https://${host}`, "null"]) {
      await expect(dial(origin), origin).rejects.toThrow("403");
    }
  });

  test("follows the machine to another address, with a certificate for that", async () => {
    const { secure, trust } = await serve();
    const ca = await authority(trust);
    addresses = ["127.0.0.3", "203.0.113.7"];
    await expect
      .poll(async () => (await daemon.node.pages().info()).network)
      .toEqual([`https://127.0.0.3:${secure.port}/`]);
    expect((await get(`https://127.0.0.3:${secure.port}/`, {}, ca)).status).toBe(200);
    await expect(get(secure, {}, ca)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  test("has the same authority, with a key for its owner only, after a new start", async () => {
    const { fingerprint, secure } = await serve();
    const { mode } = await stat(join(daemon.home, "page-authority/key.pem"));
    expect(mode & 0o777).toBe(0o600);
    await daemon.daemon.stop();
    await using again = await startPageDaemon({ home: daemon.home, interfaces, names: ["attic.local"] });
    const info = await again.node.pages().info();
    expect([info.fingerprint, info.network]).toEqual([fingerprint, [secure.href]]);
  });

  test("who does not come to his handshake is cut off, and has webLimits.socketsPerAddress sockets at most", async () => {
    const { secure, trust } = await serve();
    const ca = await authority(trust);
    const { connect: plain } = await import("node:net");
    const held = Array.from({ length: webLimits.socketsPerAddress }, () => {
      const socket = plain({ host, port: Number(secure.port) });
      socket.on("error", () => undefined);
      return socket;
    });
    for (const socket of held) if (socket.connecting) await once(socket, "connect");
    await expect(get(secure, {}, ca)).rejects.toBeInstanceOf(Error);
    for (const socket of held) socket.destroy();
    await expect
      .poll(() =>
        get(secure, {}, ca).then(
          ({ status }) => status,
          () => 0,
        ),
      )
      .toBe(200);
    const noTls = plain({ host, port: Number(secure.port) });
    noTls.on("error", () => undefined).resume();
    noTls.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    await once(noTls, "close");
  });
});

describe("over plain HTTP", () => {
  test("there is the certificate, its fingerprint and how to trust it, and no way to the node", async () => {
    const { trust, fingerprint, secure } = await serve();
    const { body, headers } = await get(new URL("/glow-authority.crt", trust));
    const hex = createHash("sha256").update(body).digest("hex").toUpperCase();
    expect(hex.match(/../g)?.join(":")).toBe(fingerprint);
    expect(headers["content-type"]).toBe("application/x-x509-ca-cert");
    const help = await get(trust, { "user-agent": '"><script>alert(1)</script> Android' });
    for (const line of fingerprint.match(/.{1,24}/g) ?? [])
      expect(help.body.toString()).toContain(line.replace(/:$/, ""));
    expect(help.body.toString()).toContain(secure.href);
    expect(help.body.toString()).not.toContain("<script");
    expect(help.headers["content-security-policy"]).toMatch(
      /^default-src 'none'; img-src 'self'; style-src 'nonce-[0-9a-f]{32}'/,
    );
    const root = await get(new URL("/", trust));
    expect([root.status, root.headers["location"]]).toEqual([302, "/trust"]);
    for (const path of ["/mesh", "/index.html", "/content/0", "/assets", "/glow-authority.key"]) {
      expect((await get(new URL(path, trust))).status, path).toBe(404);
    }
    expect((await get(trust, { host: `evil.example:${trust.port}` })).status).toBe(421);
    expect((await get(trust, { "sec-fetch-site": "cross-site" })).status).toBe(403);
    const socket = new WebSocket(`ws://${trust.host}/mesh`, { origin: trust.origin });
    await expect(once(socket, "open")).rejects.toThrow("404");
  });

  test("this machine's own page is not served to others, nor theirs at its names", async () => {
    const { trust } = await serve();
    const { local } = await daemon.node.pages().info();
    const here = new URL(local[0] ?? "");
    expect((await get(here, { host: trust.host })).status).toBe(421);
    expect((await get(trust, { host: here.host })).status).toBe(421);
  });
});

describe("in Chromium", () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await startChromium();
  });

  afterAll(() => browser.close());

  test("a browser on another machine is a node of the user as one here, by the link for the network", async () => {
    const { trust } = await serve();
    const spki = createPublicKey(await authority(trust)).export({ type: "spki", format: "der" });
    const pin = createHash("sha256").update(spki).digest("base64");
    const trusting = await startChromium({ args: [`--ignore-certificate-errors-spki-list=${pin}`] });
    try {
      const page = await trusting.newPage();
      const { url } = await daemon.node.pages().link(["read", "write"], 3600, true);
      expect(url).toMatch(/^https:\/\/127\.0\.0\.2:\d+\/#join=glow1/);
      await page.goto(url);
      await page.getByRole("heading", { name: "Files" }).waitFor();
      expect(await page.evaluate("isSecureContext")).toBe(true);
      expect(await daemon.node.pages().visitors()).toMatchObject([{ rights: ["read", "write"], opened: true }]);
      await page.reload();
      await page.getByRole("heading", { name: "Files" }).waitFor();
    } finally {
      await trusting.close();
    }
  });

  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of [390, 1280]) {
      test(`axe finds nothing serious on the page that helps to trust, in ${colorScheme} at ${width} px`, async () => {
        const { trust } = await serve();
        const page = await browser.newPage({ colorScheme, viewport: { width, height: 800 } });
        await page.goto(trust.href);
        await page.getByRole("heading", { name: "Open Glow securely from here" }).waitFor();
        expect(await axeFaults(page, "trust")).toEqual([]);
        const overflow = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
        expect(overflow).toBeLessThanOrEqual(0);
        await page.close();
      });
    }
  }
});
