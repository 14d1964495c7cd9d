// A server of a small page, and requests as no browser would make them: raw bytes over a socket.

import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { webLimits } from "#base/limits.ts";
import type { Pipe } from "#glow";
import { ContentDesk } from "#node/web/content-desk.ts";
import { NodeSite } from "#node/web/node-site.ts";
import { PageFiles } from "#node/web/page-files.ts";
import { localNames } from "#node/web/site-authority.ts";
import { WebServer, type WebServerOptions } from "#node/web/web-server.ts";
import { NodeClock } from "#platform/nodejs/clock.ts";
import { listenHttp } from "#platform/nodejs/http-listener.ts";
import { NodeRandom } from "#platform/nodejs/random.ts";
import { SiteFolder } from "#platform/nodejs/site-folder.ts";

export const script = "export const a = 1;\n".repeat(200);

export interface Site extends AsyncDisposable {
  readonly server: WebServer;
  readonly folder: string;
  /** What came in at `/mesh`. */
  readonly pipes: Pipe[];
  /** Headers and body of the answer to a request, which is sent as it is. */
  ask(request: string): Promise<Answer>;
  get(target: string, headers?: Readonly<Record<string, string>>, method?: string): Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export async function startSite(options: Partial<WebServerOptions> = {}): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), "glow-site-"));
  await mkdir(join(folder, "page/assets"), { recursive: true });
  await writeFile(join(folder, "secret.txt"), "secret");
  await writeFile(join(folder, "page/index.html"), '<!doctype html><meta content="{{nonce}}"><title>Glow</title>');
  await writeFile(join(folder, "page/assets/a-1234.js"), script);
  await writeFile(join(folder, "page/assets/a-1234.js.gz"), gzipSync(script));
  const pipes: Pipe[] = [];
  const [clock, random] = [new NodeClock(), new NodeRandom()];
  const server = new WebServer({
    clock,
    listen: listenHttp,
    site: new NodeSite({
      files: new PageFiles(await SiteFolder.open(join(folder, "page")), random),
      contents: new ContentDesk({ clock, random }),
      mesh: (pipe) => pipes.push(pipe),
    }),
    names: () => localNames,
    port: 0,
    usualPort: webLimits.port,
    ...options,
  });
  for (const host of ["127.0.0.1", "::1"]) await server.listen(host);
  const ask = (request: string) => exchange(server.port, request);
  return {
    server,
    folder,
    pipes,
    ask,
    get: (target, headers = {}, method = "GET") => {
      const lines = Object.entries({ host: `127.0.0.1:${server.port}`, connection: "close", ...headers });
      return ask(
        `${method} ${target} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`,
      );
    },
    [Symbol.asyncDispose]: async () => {
      await server.stop();
      await rm(folder, { recursive: true });
    },
  };
}

async function exchange(port: number, request: string): Promise<Answer> {
  const socket = connect({ host: "127.0.0.1", port });
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    // An upgrade does not end by itself.
    if (Buffer.concat(chunks).includes("101 Switching")) socket.destroy();
  });
  socket.on("error", () => undefined);
  socket.write(request);
  await once(socket, "close");
  return parsed(Buffer.concat(chunks));
}

function parsed(bytes: Buffer): Answer {
  const end = bytes.indexOf("\r\n\r\n");
  const [first = "", ...lines] = bytes
    .subarray(0, end === -1 ? bytes.length : end)
    .toString("latin1")
    .split("\r\n");
  const headers = new Map(
    lines.map((line): [string, string] => [
      line.slice(0, line.indexOf(":")).toLowerCase(),
      line.slice(line.indexOf(":") + 1).trim(),
    ]),
  );
  return {
    status: Number(first.split(" ")[1] ?? 0),
    headers,
    body: end === -1 ? "" : unchunked(bytes.subarray(end + 4), headers.get("transfer-encoding") === "chunked"),
  };
}

function unchunked(bytes: Buffer, isChunked: boolean): string {
  if (!isChunked) return bytes.toString("latin1");
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const lineEnd = bytes.indexOf("\r\n", at);
    const size = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16);
    parts.push(bytes.toString("latin1", lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
  return parts.join("");
}
