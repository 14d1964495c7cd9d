// Contents by ticket, from a real drive over real sockets: whole, by ranges, and refused.

import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { identityLimits, webLimits } from "#base/limits.ts";
import type { Drive } from "#interfaces/generated/drive.ts";
import type { Pages } from "#interfaces/generated/pages.ts";
import { patterned } from "../../compliance/subject.ts";
import { givenBytes } from "../../scenarios/node/given-bytes.ts";
import { allRights, type PageDaemon, startPageDaemon } from "./page-daemon.ts";

const sizeBytes = 3_000_000;
const bytes = patterned(5, sizeBytes);

let host: PageDaemon;
let origin: string;
let drive: Drive;
let pages: Pages & Partial<Disposable>;

beforeAll(async () => {
  host = await startPageDaemon();
  const drives = host.node.drives();
  await drives.create("Films");
  drive = await drives.open("Films");
  await drive.write("film.mp4", givenBytes([bytes]));
  pages = host.node.pages();
  origin = (await pages.info()).local[0]?.replace(/\/$/, "") ?? "";
});

afterAll(() => host[Symbol.asyncDispose]());

async function get(path: string, headers: Record<string, string> = {}, method = "GET") {
  const response = await fetch(origin + path, { headers, method });
  return { status: response.status, headers: response.headers, body: new Uint8Array(await response.arrayBuffer()) };
}

test("a content is served whole, and by ranges", async () => {
  const { path, mediaType } = await pages.content("Films", "film.mp4");
  expect(mediaType).toBe("video/mp4");
  const whole = await get(path);
  expect(whole.status).toBe(200);
  expect(whole.body).toEqual(bytes);
  expect(whole.headers.get("accept-ranges")).toBe("bytes");
  expect(whole.headers.get("x-content-type-options")).toBe("nosniff");
  for (const [range, from, to] of [
    ["bytes=0-0", 0, 1],
    ["bytes=1000000-1999999", 1_000_000, 2_000_000],
    ["bytes=-1", sizeBytes - 1, sizeBytes],
    [`bytes=${sizeBytes - 10}-`, sizeBytes - 10, sizeBytes],
  ] as const) {
    const part = await get(path, { range });
    expect(part.status).toBe(206);
    expect(part.headers.get("content-range")).toBe(`bytes ${from}-${to - 1}/${sizeBytes}`);
    expect(part.body).toEqual(bytes.subarray(from, to));
  }
  const behind = await get(path, { range: `bytes=${sizeBytes}-` });
  expect([behind.status, behind.headers.get("content-range")]).toEqual([416, `bytes */${sizeBytes}`]);
  const head = await get(path, {}, "HEAD");
  expect([head.headers.get("content-length"), head.body.length]).toEqual([String(sizeBytes), 0]);
});

test("a range of another version than the browser has is the whole", async () => {
  const { path } = await pages.content("Films", "film.mp4");
  const { headers } = await get(path, {}, "HEAD");
  const known = await get(path, { range: "bytes=0-9", "if-range": headers.get("etag") ?? "" });
  expect(known.status).toBe(206);
  const other = await get(path, { range: "bytes=0-9", "if-range": '"other"' });
  expect([other.status, other.body.length]).toEqual([200, sizeBytes]);
});

test("it stays the version it was, wherever the file is moved and whatever is written over it", async () => {
  await drive.write("note.pdf", givenBytes([patterned(1, 100)]));
  const { path } = await pages.content("Films", "note.pdf");
  await drive.write("note.pdf", givenBytes([patterned(2, 200)]));
  await drive.move("note.pdf", "moved.pdf");
  expect((await get(path)).body).toEqual(patterned(1, 100));
  await drive.remove(["moved.pdf"]);
  expect((await get(path)).body).toEqual(patterned(1, 100));
});

test("what a browser would run is only saved, under its name", async () => {
  for (const name of ["page.html", "picture.svg", "data.xml", "module.js", "none", "ü €.html"]) {
    await drive.write(name, givenBytes([patterned(3, 10)]));
    const { path, mediaType } = await pages.content("Films", name);
    expect(mediaType).toBe("application/octet-stream");
    const { headers } = await get(path);
    expect(headers.get("content-type")).toBe("application/octet-stream");
    expect(headers.get("content-disposition")).toBe(`attachment; filename*=UTF-8''${encodeURIComponent(name)}`);
    expect(headers.get("content-security-policy")).toContain("sandbox");
  }
  const { path } = await pages.content("Films", "film.mp4", { download: true });
  expect((await get(path, {}, "HEAD")).headers.get("content-disposition")).toContain("attachment");
});

test("a long name is cut to webLimits.downloadNameBytes, and breaks no header", async () => {
  const name = `${"a\r\nb".replace(/[\r\n]/g, "_")}${"ü".repeat(120)}.html`;
  await drive.write(name, givenBytes([new Uint8Array(1)]));
  const { path } = await pages.content("Films", name);
  const disposition = (await get(path)).headers.get("content-disposition") ?? "";
  expect(decodeURIComponent(disposition.split("''")[1] ?? "").length).toBeLessThanOrEqual(webLimits.downloadNameBytes);
});

test("what is not there, no file, or not to be seen has no ticket", async () => {
  await expect(pages.content("Films", "none.mp4")).rejects.toMatchObject({ kind: "not-found" });
  await expect(pages.content("None", "film.mp4")).rejects.toMatchObject({ kind: "not-found" });
  await drive.makeFolder("folder");
  await expect(pages.content("Films", "folder")).rejects.toMatchObject({ kind: "invalid" });
  const drives = host.node.drives();
  await drives.create("Private");
  const lent = await host.node.lend(["read"], 60, ["Films"]);
  await expect(lent.pages().content("Private", "film.mp4")).rejects.toMatchObject({ kind: "not-found" });
});

test("a name that was not given out is nothing, and other sites may not use one that was", async () => {
  const { path } = await pages.content("Films", "film.mp4");
  expect((await get(`${path}0`)).status).toBe(404);
  expect((await get(`/content/${"0".repeat(32)}`)).status).toBe(404);
  expect((await get("/content/__proto__")).status).toBe(404);
  expect((await get(path, { origin: "http://evil.example" })).status).toBe(403);
  expect((await get(path, { "sec-fetch-site": "cross-site" })).status).toBe(403);
});

test("a ticket ends when whoever asked for it is let in no longer", async () => {
  const lent = await host.node.lend(["read"], 3600);
  const theirs = lent.pages();
  const { path } = await theirs.content("Films", "film.mp4");
  expect((await get(path, {}, "HEAD")).status).toBe(200);
  lent.access.end();
  expect((await get(path)).status).toBe(403);
});

test("tickets end with the object that gave them, and of webLimits.ticketsPerCaller and one more the first ends", async () => {
  const mine = host.node.pages() as Pages & Partial<Disposable>;
  const { path: first } = await mine.content("Films", "film.mp4");
  let last = first;
  for (let i = 0; i < webLimits.ticketsPerCaller; i++) ({ path: last } = await mine.content("Films", "film.mp4"));
  expect((await get(first, {}, "HEAD")).status).toBe(404);
  expect((await get(last, {}, "HEAD")).status).toBe(200);
  mine[Symbol.dispose]?.();
  expect((await get(last, {}, "HEAD")).status).toBe(404);
});

test("a reader that goes away is read for no longer, and webLimits.contents are sent at once at most", async () => {
  const large = new Uint8Array(24_000_000);
  await drive.write("large.mp4", givenBytes([large]));
  const { path } = await pages.content("Films", "large.mp4");
  const { host: name, port } = new URL(origin);
  const sockets = Array.from({ length: webLimits.contents }, () => {
    const socket = connect({ host: "127.0.0.1", port: Number(port) });
    socket.on("error", () => undefined);
    socket.write(`GET ${path} HTTP/1.1\r\nhost: ${name}\r\n\r\n`);
    return socket;
  });
  for (const socket of sockets) {
    await once(socket, "readable");
    socket.pause();
  }
  expect((await get(path, { range: "bytes=0-0" })).status).toBe(503);
  for (const socket of sockets) socket.destroy();
  await expect.poll(async () => (await get(path, { range: "bytes=0-0" })).status).toBe(206);
});

test("links to the page: whose they are, how long, how many, and for how much", async () => {
  await expect(pages.link(allRights, 0)).rejects.toMatchObject({ kind: "invalid" });
  await expect(pages.link(allRights, 31_536_001)).rejects.toMatchObject({ kind: "invalid" });
  const lent = await host.node.lend(["read", "administer"], 60);
  const { url } = await lent.pages().link(allRights, 60);
  expect(url).toContain("#join=glow1");
  const visitors = await pages.visitors();
  expect(visitors.at(-1)).toMatchObject({ rights: ["read", "administer"], opened: false });
  const reader = await host.node.lend(["read"], 60);
  await expect(reader.pages().link(["read"], 60)).rejects.toMatchObject({ kind: "denied" });
  await expect(pages.dismiss("nobody")).rejects.toMatchObject({ kind: "not-found" });
  const most = Math.min(webLimits.pageLinks, identityLimits.invitations);
  const given = async () => (await pages.visitors()).length;
  while ((await given()) < most) await pages.link(["read"], 60);
  await expect(pages.link(["read"], 60)).rejects.toMatchObject({ kind: "exhausted" });
  for (const { id } of await pages.visitors()) await pages.dismiss(id);
  expect(await given()).toBe(0);
  expect((await host.node.user().invitations()).filter(({ state }) => state === "open")).toEqual([]);
});
