// The page's server over real sockets: what it serves, and what it refuses to whom.

import { once } from "node:events";
import { rm, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { webLimits } from "#base/limits.ts";
import { listenHttp } from "#platform/nodejs/http-listener.ts";
import { SiteFolder } from "#platform/nodejs/site-folder.ts";
import { WebServer } from "#node/web/web-server.ts";
import { script, type Site, startSite } from "./site-fixture.ts";

let site: Site;

beforeEach(async () => {
  site = await startSite();
});

afterEach(() => site[Symbol.asyncDispose]());

const upgradeHeaders = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};

describe("the page", () => {
  test("comes with a strict policy, whose nonce is another each time", async () => {
    const nonces = new Set<string>();
    for (const _ of [1, 2]) {
      const { status, headers, body } = await site.get("/");
      expect(status).toBe(200);
      const policy = headers.get("content-security-policy") ?? "";
      const nonce = /'nonce-([0-9a-f]{32})'/.exec(policy)?.[1] ?? "";
      expect(body).toContain(`content="${nonce}"`);
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|\*/);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
      expect(headers.get("cache-control")).toBe("no-store");
      nonces.add(nonce);
    }
    expect(nonces.size).toBe(2);
  });

  test("its files are kept by browsers, compressed where they take that, and sent only if they are new", async () => {
    const plain = await site.get("/assets/a-1234.js");
    expect(plain.body).toBe(script);
    expect(plain.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(plain.headers.get("cache-control")).toContain("immutable");
    const packed = await site.get("/assets/a-1234.js", { "accept-encoding": "gzip, br" });
    expect(packed.headers.get("content-encoding")).toBe("gzip");
    expect(packed.body.length).toBeLessThan(script.length / 10);
    const refused = await site.get("/assets/a-1234.js", { "accept-encoding": "gzip;q=0" });
    expect(refused.headers.has("content-encoding")).toBe(false);
    const known = await site.get("/assets/a-1234.js", { "if-none-match": plain.headers.get("etag") ?? "" });
    expect([known.status, known.body]).toEqual([304, ""]);
    const head = await site.get("/assets/a-1234.js", {}, "HEAD");
    expect([head.status, head.body]).toEqual([200, ""]);
  });

  test.each([
    "/secret.txt",
    "/../secret.txt",
    "/assets/../../secret.txt",
    "/..%2fsecret.txt",
    "/%2e%2e/secret.txt",
    "/..\\secret.txt",
    "//secret.txt",
    "/assets/a-1234.js/",
    "/assets/a-1234.js%00.html",
    "/assets/a-1234.js.gz",
    "/__proto__",
    "/constructor",
    "/index.html/..",
  ])("%s is nothing", async (target) => {
    const { status, body } = await site.get(target);
    expect(status).toBe(404);
    expect(body).not.toContain("secret");
  });

  test("a folder that is not there, or holds too large a file, is no page", async () => {
    await expect(SiteFolder.open(join(site.folder, "none"))).rejects.toMatchObject({ kind: "not-found" });
    const large = join(site.folder, "large");
    await rm(large, { recursive: true, force: true });
    await writeFile(join(site.folder, "page", "large.bin"), new Uint8Array(webLimits.fileBytes + 1));
    await expect(SiteFolder.open(join(site.folder, "page"))).rejects.toMatchObject({ kind: "too-large" });
  });

  test("no page has more than webLimits.files files", async () => {
    for (let i = 0; i <= 2 * webLimits.files; i++) await writeFile(join(site.folder, "page", `${i}.txt`), "");
    await expect(SiteFolder.open(join(site.folder, "page"))).rejects.toMatchObject({ kind: "too-large" });
  });
});

describe("who asks", () => {
  test.each(["evil.example", "127.0.0.1.evil.example", "127.0.0.2", "[::2]", "localhost.evil", "a@localhost", ""])(
    "Host %s is another server's",
    async (host) => {
      const { status } = await site.get("/", { host: host === "" ? "" : `${host}:${site.server.port}` });
      expect([400, 421]).toContain(status);
    },
  );

  test("its own names are taken, with the port at which it listens", async () => {
    for (const host of ["localhost", "LOCALHOST", "127.0.0.1", "[::1]"]) {
      expect((await site.get("/", { host: `${host}:${site.server.port}` })).status).toBe(200);
    }
    expect((await site.get("/", { host: "localhost" })).status).toBe(421);
    expect((await site.get("/", { host: `localhost:${site.server.port + 1}` })).status).toBe(421);
  });

  test("names of the machine are taken when it serves others", async () => {
    await using open = await startSite({ names: () => ["attic.local", "127.0.0.1"] });
    expect((await open.get("/", { host: `attic.local:${open.server.port}` })).status).toBe(200);
    expect((await open.get("/", { host: `cellar.local:${open.server.port}` })).status).toBe(421);
  });

  test("two Hosts, two Origins, or none, are no request", async () => {
    const { port } = site.server;
    const own = `host: 127.0.0.1:${port}\r\n`;
    expect((await site.ask(`GET / HTTP/1.1\r\nconnection: close\r\n\r\n`)).status).toBe(400);
    expect((await site.ask(`GET / HTTP/1.1\r\n${own}host: evil.example\r\nconnection: close\r\n\r\n`)).status).toBe(
      400,
    );
    const origins = `origin: http://127.0.0.1:${port}\r\norigin: http://evil.example\r\n`;
    expect((await site.ask(`GET / HTTP/1.1\r\n${own}${origins}connection: close\r\n\r\n`)).status).toBe(400);
  });

  test("pages of other sites get nothing, but may link here", async () => {
    const foreign = { "sec-fetch-site": "cross-site" };
    expect((await site.get("/assets/a-1234.js", foreign)).status).toBe(403);
    expect((await site.get("/", foreign)).status).toBe(403);
    expect((await site.get("/", { ...foreign, "sec-fetch-mode": "navigate" })).status).toBe(200);
    expect((await site.get("/content/0", { ...foreign, "sec-fetch-mode": "navigate" })).status).toBe(403);
    expect((await site.get("/assets/a-1234.js", { origin: "http://evil.example" })).status).toBe(403);
    expect((await site.get("/assets/a-1234.js", { origin: "null" })).status).toBe(403);
  });

  test.each(["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])("%s is refused", async (method) => {
    const { status, headers } = await site.get("/", {}, method);
    expect(status).toBe(405);
    expect(headers.get("allow")).toBe("GET, HEAD");
  });

  test("a body is not read, and ends the connection", async () => {
    const head = `host: 127.0.0.1:${site.server.port}\r\ncontent-length: 1000000\r\n`;
    const { status, headers } = await site.ask(`GET / HTTP/1.1\r\n${head}\r\nx`);
    expect(status).toBe(200);
    expect(headers.get("connection")).toBe("close");
    expect((await site.ask(`GET / HTTP/1.1\r\n${head}expect: 100-continue\r\n\r\n`)).status).toBe(417);
  });

  test("what is no path, and what is no HTTP, is refused", async () => {
    const { port } = site.server;
    const rest = ` HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nconnection: close\r\n\r\n`;
    expect((await site.ask(`GET http://evil.example/${rest}`)).status).toBe(400);
    expect((await site.ask(`GET *${rest}`)).status).toBe(400);
    expect((await site.ask(`\u0016\u0003\u0001 hello\r\n\r\n`)).status).toBe(400);
    expect((await site.ask(`GET / HTTP/1.1\nhost: x\n\n\n`)).status).toBe(400);
  });

  test("headers beyond webLimits.headerBytes are refused", async () => {
    expect((await site.get("/", { "x-large": "a".repeat(webLimits.headerBytes) })).status).toBe(431);
    expect((await site.get(`/${"a".repeat(webLimits.headerBytes)}`)).status).toBe(431);
  });

  test("who asks faster than webLimits.requestBurst and requestsPerSecond allow is told to wait", async () => {
    const statuses: number[] = [];
    const most = webLimits.requestBurst + webLimits.requestsPerSecond;
    for (let sent = 0; sent < 4 * most && !statuses.includes(429); sent += 50) {
      const some = await Promise.all(Array.from({ length: 50 }, () => site.get("/none")));
      statuses.push(...some.map(({ status }) => status));
    }
    expect(statuses.slice(0, webLimits.requestBurst - 50)).not.toContain(429);
    expect(statuses).toContain(429);
  });
});

describe("sockets", () => {
  test("one address has at most webLimits.socketsPerAddress, and gets new ones when it closes some", async () => {
    const held: Socket[] = [];
    const hold = async (): Promise<Socket> => {
      const socket = connect({ host: "127.0.0.1", port: site.server.port });
      socket.on("error", () => undefined);
      await once(socket, "connect");
      held.push(socket);
      return socket;
    };
    for (let i = 0; i < webLimits.socketsPerAddress; i++) await hold();
    const extra = await hold();
    await once(extra, "close");
    for (const socket of held) socket.destroy();
    let status = 0;
    while (status !== 200) status = (await site.get("/")).status;
    expect(webLimits.sockets).toBeGreaterThan(webLimits.socketsPerAddress);
  });

  test("who takes longer for his headers than webLimits.headersMs allows, or says nothing more, is cut off", async () => {
    const patience = { headersMs: webLimits.headersMs / 50, keepAliveMs: webLimits.keepAliveMs / 200 };
    const listener = await listenHttp({ host: "127.0.0.1", port: 0 }, neverAnswers, patience);
    const slow = connect({ host: "127.0.0.1", port: listener.port });
    const quiet = connect({ host: "127.0.0.1", port: listener.port });
    for (const socket of [slow, quiet]) socket.on("error", () => undefined).resume();
    slow.write("GET / HTTP/1.1\r\nhost: local");
    quiet.write("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
    await Promise.all([once(slow, "close"), once(quiet, "close")]);
    await listener.close();
  });

  test("a socket is good for webLimits.requestsPerSocket requests", async () => {
    const answers = { ...neverAnswers, respond: () => ({ status: 204, headers: {} }) };
    // Node keeps a socket that it answers no more for as long as one that asks no more.
    const listener = await listenHttp({ host: "127.0.0.1", port: 0 }, answers, { keepAliveMs: 1000 });
    const socket = connect({ host: "127.0.0.1", port: listener.port });
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.write("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(webLimits.requestsPerSocket + 5));
    await once(socket, "close");
    const answered = Buffer.concat(chunks).toString("latin1").split("HTTP/1.1 204").length - 1;
    expect(answered).toBe(webLimits.requestsPerSocket);
    await listener.close();
  });

  test("stopping ends them all", async () => {
    const socket = connect({ host: "127.0.0.1", port: site.server.port });
    socket.on("error", () => undefined);
    await once(socket, "connect");
    socket.write(`GET / HTTP/1.1\r\nhost: 127.0.0.1:${site.server.port}\r\n\r\n`);
    await once(socket, "data");
    await site.server.stop();
    if (!socket.closed) await once(socket, "close");
  });

  test("a port that is taken is refused if it was asked for, and another is taken if it was not", async () => {
    const { port } = site.server;
    await expect(startSite({ port })).rejects.toMatchObject({ kind: "already-exists" });
    const taken = await listenHttp({ host: "127.0.0.1", port: webLimits.port }, neverAnswers).catch(() => undefined);
    await using other = await startSite({ port: undefined });
    expect(other.server).toBeInstanceOf(WebServer);
    expect(other.server.port).not.toBe(webLimits.port);
    expect((await other.get("/")).status).toBe(200);
    await taken?.close();
  });
});

const neverAnswers = {
  respond: () => ({ status: 500, headers: {} }),
  upgrade: () => ({ status: 500, headers: {} }),
};

describe("/mesh", () => {
  const own = () => ({ ...upgradeHeaders, origin: `http://127.0.0.1:${site.server.port}` });

  test("is a pipe for the page of this server", async () => {
    expect((await site.get("/mesh")).status).toBe(426);
    expect((await site.get("/mesh", own())).status).toBe(101);
    expect(site.pipes).toHaveLength(1);
  });

  test.each([
    ["another origin", { origin: "http://evil.example" }],
    ["another port", { origin: "http://127.0.0.1:1" }],
    ["another scheme", { origin: "https://127.0.0.1" }],
    ["no origin that has a name", { origin: "null" }],
    ["another host", { host: "evil.example" }],
    ["another site, by what the browser says", { "sec-fetch-site": "same-site" }],
  ])("is refused to %s", async (_who, headers) => {
    const { status } = await site.get("/mesh", { ...own(), ...headers });
    expect([403, 421]).toContain(status);
    expect(site.pipes).toHaveLength(0);
  });

  test("is refused to who says no origin, and elsewhere there is none", async () => {
    expect((await site.get("/mesh", upgradeHeaders)).status).toBe(403);
    expect((await site.get("/other", own())).status).toBe(404);
    expect(site.pipes).toHaveLength(0);
  });

  test("a handshake that is none gets no pipe", async () => {
    expect((await site.get("/mesh", { ...own(), "sec-websocket-key": "x" })).status).toBe(400);
    expect((await site.get("/mesh", { ...own(), "sec-websocket-version": "1" })).status).toBe(400);
    expect(site.pipes).toHaveLength(0);
  });

  test("carries packets", async () => {
    const { port } = site.server;
    const socket = new WebSocket(`ws://127.0.0.1:${port}/mesh`, { origin: `http://127.0.0.1:${port}` });
    await once(socket, "open");
    const received = new Promise<Uint8Array>((resolve) =>
      site.pipes[0]?.attach({
        packet: (bytes, start, end) => resolve(bytes.slice(start, end)),
        drained: () => undefined,
        closed: () => undefined,
      }),
    );
    socket.send(Uint8Array.of(1, 2, 3));
    expect(await received).toEqual(Uint8Array.of(1, 2, 3));
    socket.terminate();
  });
});
