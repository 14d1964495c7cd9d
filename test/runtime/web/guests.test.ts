// Guests in the local network, over plain HTTP: what a link gives, to whom, for how long, and that it gives nothing else. 127.0.0.2
// stands for an address of this machine in that network, 127.0.0.1 and 127.0.0.9 for those of others.

import { once } from "node:events";
import { request } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { webLimits } from "#base/limits.ts";
import type { DriveStub } from "#interfaces/generated/drive.ts";
import type { NodeStub } from "#interfaces/generated/node.ts";
import type { PageLink } from "#interfaces/generated/pages.ts";
import { givenText } from "../../scenarios/node/given-bytes.ts";
import { tokenOf, visit, type Visitor } from "./guest-visitor.ts";
import { type PageDaemon, startPageDaemon } from "./page-daemon.ts";

const interfaces = () => [
  { name: "eth0", addresses: [{ family: "ipv4", address: "127.0.0.2", cidr: "127.0.0.2/8" } as const] },
];

let daemon: PageDaemon;

beforeAll(async () => {
  daemon = await startPageDaemon({ interfaces, names: ["attic.local"] });
  const drives = daemon.node.drives();
  await drives.create("Home");
  await drives.create("Work");
  const home = await drives.open("Home");
  for (const path of ["Holiday/beach.txt", "Holiday/in/deep.txt", "Holiday2/other.txt", "secret.txt"]) {
    await home.write(path, givenText(path), { parents: true });
  }
  await (await drives.open("Work")).write("Holiday/plan.txt", givenText("plan"), { parents: true });
  await daemon.node.settings().set({ pageGuests: true });
  await vi.waitUntil(async () => (await daemon.node.pages().info()).guests?.length === 1, { timeout: 30_000 });
});

afterAll(() => daemon[Symbol.asyncDispose]());

beforeEach(async () => {
  for (const { id } of await daemon.node.pages().visitors()) await daemon.node.pages().dismiss(id);
});

interface Asked {
  readonly path?: string;
  readonly write?: boolean;
  readonly seconds?: number;
}

async function link({ path = "Holiday", write = false, seconds = 3600 }: Asked = {}): Promise<PageLink> {
  return daemon.node.pages().guest({ places: [{ drive: "Home", path }], write, lifetimeSeconds: seconds, name: "Bob" });
}

async function entered(
  asked: Asked = {},
): Promise<{ visitor: Visitor; node: NodeStub; session: string; made: PageLink }> {
  const made = await link(asked);
  const visitor = await visit(made.url);
  const { node, session } = await visitor.door.enter(tokenOf(made.url), "Firefox on Linux");
  return { visitor, node, session, made };
}

async function holiday(node: NodeStub): Promise<DriveStub> {
  return node.drives().open("Holiday");
}

async function textOf(drive: DriveStub, path: string): Promise<string> {
  const { bytes } = await drive.read(path);
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

async function get(url: string, headers: Record<string, string> = {}, localAddress = "127.0.0.1") {
  const asked = request(url, { headers, localAddress, agent: false });
  asked.end();
  const [response] = await once(asked, "response");
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return { status: response.statusCode as number, body: Buffer.concat(parts).toString() };
}

describe("what a guest has", () => {
  test("is the folder of the link as a drive, under its own name, and nothing that tells of others", async () => {
    const { visitor, node } = await entered();
    await using _ = visitor;
    const info = await node.info();
    expect(info).toMatchObject({ user: "Ada", rights: ["read"] });
    for (const hidden of ["id", "device", "home", "pid", "addresses"]) expect(info).not.toHaveProperty(hidden);
    expect(await node.drives().list()).toMatchObject([{ name: "Holiday", peers: [], conflicts: 0 }]);
    const drive = await holiday(node);
    expect((await drive.list("")).map(({ path }) => path)).toEqual(["beach.txt", "in"]);
    expect((await drive.list("in")).map(({ path }) => path)).toEqual(["in/deep.txt"]);
    expect(await textOf(drive, "in/deep.txt")).toBe("Holiday/in/deep.txt");
    expect(await drive.totals("")).toMatchObject({ files: 2, folders: 1 });
    for await (const infos of await node.drives().watch()) {
      expect(infos.map(({ name }) => name)).toEqual(["Holiday"]);
      break;
    }
  });

  test("ends at the folder, however a path is written", async () => {
    const { visitor, node } = await entered({ write: true });
    await using _ = visitor;
    const drive = await holiday(node);
    for (const path of ["../secret.txt", "in/../../secret.txt", "..", "./beach.txt", "/../secret.txt"]) {
      await expect(drive.stat(path), path).rejects.toMatchObject({ kind: "invalid" });
      await expect(drive.move("beach.txt", path), path).rejects.toMatchObject({ kind: "invalid" });
    }
    for (const path of ["secret.txt", "Holiday/beach.txt", "2/other.txt", "\0/../secret.txt"]) {
      await expect(drive.read(path), path).rejects.toBeInstanceOf(Error);
    }
    const other = await daemon.node.drives().open("Home");
    const { object } = await other.stat("secret.txt");
    await expect(drive.readObject(object)).rejects.toMatchObject({ kind: "denied" });
    await expect(drive.resolve(object)).rejects.toMatchObject({ kind: "denied" });
    await expect(node.drives().open("Home")).rejects.toMatchObject({ kind: "not-found" });
    await expect(node.drives().open("Work")).rejects.toMatchObject({ kind: "not-found" });
  });

  test("is no other part of the node", async () => {
    const { visitor, node } = await entered({ write: true });
    await using _ = visitor;
    const denied = { kind: "denied" };
    await expect(node.user().info()).rejects.toMatchObject(denied);
    await expect(node.links().state()).rejects.toMatchObject(denied);
    await expect(node.names().list("/me")).rejects.toMatchObject(denied);
    await expect(node.folders().list()).rejects.toMatchObject(denied);
    await expect(node.log().recent(1)).rejects.toMatchObject(denied);
    await expect(node.settings().get()).rejects.toMatchObject(denied);
    await expect(node.reach("attic").info()).rejects.toMatchObject(denied);
    await expect(node.lend(["read"], 60).info()).rejects.toMatchObject(denied);
    await expect(node.stop()).rejects.toMatchObject(denied);
    const pages = node.pages();
    await expect(pages.link(["read"], 60)).rejects.toMatchObject(denied);
    await expect(pages.guest({ places: [{ drive: "Holiday" }], lifetimeSeconds: 60 })).rejects.toMatchObject(denied);
    await expect(pages.visitors()).rejects.toMatchObject(denied);
    await expect(pages.dismiss("x")).rejects.toMatchObject(denied);
    expect(await pages.info()).toMatchObject({ local: [], network: [] });
    await expect(node.drives().create("Mine")).rejects.toMatchObject(denied);
    await expect(node.drives().rename("Holiday", "Mine")).rejects.toMatchObject(denied);
    await expect(node.drives().hold("Holiday", "names")).rejects.toMatchObject(denied);
    await expect(node.drives().remove("Holiday")).rejects.toMatchObject(denied);
    await expect(node.drives().bringBack("Home")).rejects.toMatchObject(denied);
    expect(await node.drives().removed()).toEqual([]);
  });

  test("is to be read, unless the link says more", async () => {
    const { visitor, node } = await entered();
    await using _ = visitor;
    const drive = await holiday(node);
    const denied = { kind: "denied" };
    await expect(drive.write("new.txt", givenText("x"))).rejects.toMatchObject(denied);
    await expect(drive.remove(["beach.txt"])).rejects.toMatchObject(denied);
    await expect(drive.move("beach.txt", "b.txt")).rejects.toMatchObject(denied);
    await expect(drive.upload("b.txt", 1, "k")).rejects.toMatchObject(denied);
  });

  test("is written to the setting pageGuestBytes, whatever becomes of it and however often one comes back", async () => {
    const settings = daemon.node.settings();
    await settings.set({ pageGuestBytes: 100_000 });
    const { visitor, node, session, made } = await entered({ write: true });
    await using _ = visitor;
    const drive = await holiday(node);
    const refused = { kind: "denied", message: expect.stringContaining("a guest may write 100000 bytes in all") };
    const large = givenText("x".repeat(60_000));
    await drive.write("large.txt", large);
    await expect(drive.write("more.txt", givenText("x".repeat(60_000)))).rejects.toMatchObject(refused);
    await expect(drive.stat("more.txt")).rejects.toMatchObject({ kind: "not-found" });
    await drive.remove(["large.txt"]);
    await expect(drive.upload("up.txt", 60_000, "key")).rejects.toMatchObject(refused);

    await using back = await visit(made.url);
    const again = await holiday(back.door.resume(session));
    await expect(again.write("more.txt", givenText("x".repeat(60_000)))).rejects.toMatchObject(refused);
    // What takes no bytes counts, too.
    const folders = Array.from({ length: 100 }, (_each, i) => again.makeFolder(`many/${i}`, true));
    const made100 = await Promise.allSettled(folders);
    expect(made100.filter(({ status }) => status === "fulfilled").length).toBeLessThan(100);
    await expect(again.copy("in", "in2")).rejects.toMatchObject(refused);

    const another = await entered({ write: true });
    await using _other = another.visitor;
    await (await holiday(another.node)).write("theirs.txt", givenText("x".repeat(60_000)));
    await settings.set({ pageGuestBytes: 200_000 });
    await again.write("more.txt", givenText("x".repeat(60_000)));
    const whole = await daemon.node.drives().open("Home");
    await whole.remove(["Holiday/many", "Holiday/more.txt", "Holiday/theirs.txt"]);
    await expect(settings.set({ pageGuestBytes: -1 })).rejects.toMatchObject({ kind: "invalid" });
    await settings.set({ pageGuestBytes: webLimits.guestBytes });
  });

  test("can be changed with the right to, in the folder, and brought back by who removed it", async () => {
    const { visitor, node } = await entered({ write: true });
    await using _ = visitor;
    const drive = await holiday(node);
    expect(await drive.write("made.txt", givenText("one"))).toMatchObject({ path: "made.txt" });
    expect(await drive.move("made.txt", "in/moved.txt")).toMatchObject({ path: "in/moved.txt" });
    const upload = await drive.upload("up.txt", 2, "key");
    expect(await upload.state()).toMatchObject({ path: "up.txt" });
    const whole = await daemon.node.drives().open("Home");
    await whole.upload("Holiday/other.txt", 5, "key");
    const begun = await node.drives().uploads();
    expect(begun).toMatchObject([{ driveName: "Holiday", path: "up.txt", key: "key", sizeBytes: 2, receivedBytes: 0 }]);
    await (await whole.upload("Holiday/other.txt", 5, "key")).discard();
    await upload.write(0, givenText("up"));
    expect(await upload.finish()).toMatchObject({ path: "up.txt" });
    expect((await whole.stat("Holiday/in/moved.txt")).sizeBytes).toBe(3);
    const [object = ""] = await drive.remove(["in/moved.txt"]);
    expect(await drive.removed()).toEqual([]);
    expect(await drive.bringBack([object])).toEqual(["in/moved.txt"]);
    const [theirs = ""] = await whole.remove(["Holiday2/other.txt"]);
    await expect(drive.bringBack([theirs])).rejects.toMatchObject({ kind: "denied" });
    await whole.bringBack([theirs]);
    for (const path of ["", "/"]) {
      await expect(drive.remove([path])).rejects.toMatchObject({ kind: "denied" });
      await expect(drive.move(path, "in/x")).rejects.toMatchObject({ kind: "denied" });
    }
    await expect(drive.link("way", "/etc/passwd")).rejects.toMatchObject({ kind: "denied" });
    await expect(drive.history("up.txt")).rejects.toMatchObject({ kind: "denied" });
    await expect(drive.restore("up.txt", "a.0")).rejects.toMatchObject({ kind: "denied" });
    await drive.remove(["up.txt", "in/moved.txt"]);
  });

  test("tells of conflicts and changes in the folder, and of none elsewhere", async () => {
    const whole = await daemon.node.drives().open("Home");
    const both = async (path: string) => {
      const { version = "" } = await whole.write(path, givenText("0"));
      for (const text of ["mine", "yours"]) await whole.write(path, givenText(text), { replaces: [version] });
      return (await whole.stat(path)).object;
    };
    const [inside, outside] = [await both("Holiday/both.txt"), await both("both.txt")];
    const { visitor, node } = await entered({ write: true });
    await using _ = visitor;
    const drive = await holiday(node);
    const conflicts = await drive.conflicts();
    expect(conflicts).toMatchObject([{ object: inside, path: "both.txt" }]);
    expect(conflicts[0]?.versions.map(({ author, device }) => author + device)).toEqual(["", ""]);
    await expect(drive.resolve(outside)).rejects.toMatchObject({ kind: "denied" });
    await drive.resolve(inside, conflicts[0]?.versions[0]?.id);
    expect(await drive.conflicts()).toEqual([]);
    const changes = await drive.watch();
    await whole.write("elsewhere.txt", givenText("x"));
    await whole.write("Holiday/here.txt", givenText("x"));
    for await (const { changes: told } of changes) {
      expect(JSON.stringify(told)).not.toContain("elsewhere.txt");
      if (told.some(({ path }) => path === "here.txt")) break;
    }
    await whole.remove(["elsewhere.txt", "both.txt", "Holiday/both.txt", "Holiday/here.txt"]);
  });

  test("of two folders of one name, both can be opened", async () => {
    const places = [{ drive: "Home", path: "Holiday" }, { drive: "Work", path: "Holiday" }, { drive: "Work" }];
    const { url } = await daemon.node.pages().guest({ places, lifetimeSeconds: 60 });
    await using visitor = await visit(url);
    const { node } = await visitor.door.enter(tokenOf(url), "");
    const names = (await node.drives().list()).map(({ name }) => name);
    expect(names).toEqual(["Holiday", "Holiday (Work, Holiday)", "Work"]);
    expect((await (await node.drives().open(names[1] ?? "")).list("")).map(({ name }) => name)).toEqual(["plan.txt"]);
  });
});

describe("a link", () => {
  test("works once, and is refused when it was used, never was, or has expired", async () => {
    const { visitor, made } = await entered();
    await using _ = visitor;
    expect(await daemon.node.pages().visitors()).toMatchObject([
      {
        id: made.id,
        name: "Bob",
        places: ["Home/Holiday"],
        rights: ["read"],
        opened: true,
        address: "127.0.0.1",
        browser: "Firefox on Linux",
      },
    ]);
    await using thief = await visit(made.url);
    await expect(thief.door.enter(tokenOf(made.url), "")).rejects.toMatchObject({
      kind: "denied",
      message: expect.stringContaining("used already"),
    });
    await expect(thief.door.enter("0".repeat(32), "")).rejects.toMatchObject({ kind: "denied" });
    await expect(thief.door.resume(tokenOf(made.url)).info()).rejects.toMatchObject({ kind: "denied" });
  });

  test("of many who spend it at once, one is let in", async () => {
    const { url } = await link();
    const visitors = await Promise.all(Array.from({ length: 8 }, () => visit(url)));
    const entries = await Promise.allSettled(visitors.map(({ door }) => door.enter(tokenOf(url), "")));
    expect(entries.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const visitor of visitors) await visitor[Symbol.asyncDispose]();
  });

  test("that was stolen after it was spent is of no use elsewhere, nor is what came of it", async () => {
    const { visitor, session, made } = await entered();
    await using _ = visitor;
    await using again = await visit(made.url);
    expect((await again.door.resume(session).info()).rights).toEqual(["read"]);
    await using elsewhere = await visit(made.url, "127.0.0.9");
    await expect(elsewhere.door.resume(session).info()).rejects.toMatchObject({
      kind: "denied",
      message: expect.stringContaining("another address"),
    });
    await expect(elsewhere.door.leave(session)).rejects.toMatchObject({ kind: "denied" });
    await expect(again.door.resume("f".repeat(32)).info()).rejects.toMatchObject({ kind: "denied" });
  });

  test("ends what it gave when it is taken back, given up, or over", async () => {
    const first = await entered();
    await daemon.node.pages().dismiss(first.made.id ?? "");
    expect(await first.visitor.session.closed).toMatchObject({
      kind: "denied",
      message: expect.stringContaining("taken back"),
    });
    const second = await entered();
    await second.visitor.door.leave(second.session).catch(() => undefined);
    expect(await second.visitor.session.closed).toMatchObject({ kind: "denied" });
    expect(await daemon.node.pages().visitors()).toEqual([]);
    const third = await entered({ seconds: 1 });
    await using _ = third.visitor;
    const drive = await holiday(third.node);
    const changes = await drive.watch();
    for await (const _change of changes) break;
    await expect
      .poll(
        () =>
          drive.stat("beach.txt").then(
            () => "",
            ({ kind }) => kind,
          ),
        { timeout: 5000 },
      )
      .toBe("denied");
    await using late = await visit(third.made.url);
    await expect(late.door.resume(third.session).info()).rejects.toMatchObject({ kind: "denied" });
    for (const each of [first, second]) await each.visitor[Symbol.asyncDispose]();
  });

  test("is made for folders that are there, for 1 to webLimits.guestPlaces of them and webLimits.guestMs", async () => {
    const pages = daemon.node.pages();
    const make = (places: { drive: string; path?: string }[], lifetimeSeconds = 60, name = "") =>
      pages.guest({ places, lifetimeSeconds, name });
    const invalid = { kind: "invalid" };
    await expect(make([])).rejects.toMatchObject(invalid);
    await expect(
      make(Array.from({ length: webLimits.guestPlaces + 1 }, () => ({ drive: "Home" }))),
    ).rejects.toMatchObject(invalid);
    await expect(make([{ drive: "Home" }], 0)).rejects.toMatchObject(invalid);
    await expect(make([{ drive: "Home" }], webLimits.guestMs / 1000 + 1)).rejects.toMatchObject(invalid);
    await expect(make([{ drive: "Home" }], 60, "x".repeat(129))).rejects.toMatchObject(invalid);
    await expect(make([{ drive: "Home", path: "secret.txt" }])).rejects.toMatchObject(invalid);
    await expect(make([{ drive: "Home", path: "none" }])).rejects.toMatchObject({ kind: "not-found" });
    await expect(make([{ drive: "None" }])).rejects.toMatchObject({ kind: "not-found" });
    for (let i = 0; i < webLimits.guests; i++) await make([{ drive: "Home" }]);
    await expect(make([{ drive: "Home" }])).rejects.toMatchObject({ kind: "exhausted" });
  });
});

describe("the server", () => {
  test("gives contents to the address that asked for them alone, and to no other server's visitors", async () => {
    const { visitor, node, made } = await entered();
    await using _ = visitor;
    const { path } = await node.pages().content("Holiday", "beach.txt");
    const { origin } = new URL(made.url);
    expect(await get(origin + path)).toEqual({ status: 200, body: "Holiday/beach.txt" });
    expect((await get(origin + path, {}, "127.0.0.9")).status).toBe(404);
    const { local } = await daemon.node.pages().info();
    const here = new URL(local[0] ?? "").origin;
    expect((await get(here + path)).status).toBe(404);
    const whole = daemon.node.pages();
    const own = await whole.content("Home", "secret.txt");
    expect((await get(origin + own.path)).status).toBe(404);
    await daemon.node.pages().dismiss(made.id ?? "");
    await expect.poll(async () => (await get(origin + path)).status).toBeGreaterThan(400);
    await expect(node.pages().content("Holiday", "beach.txt")).rejects.toBeInstanceOf(Error);
  });

  test("knows its own names, and takes guests from its own page only", async () => {
    const { url } = await link();
    const { origin, port } = new URL(url);
    expect((await get(`${origin}/`)).body).toContain('name="glow-site" content="guest"');
    expect((await get(`${origin}/`, { host: `attic.local:${port}` })).status).toBe(200);
    expect((await get(`${origin}/`, { host: `evil.example:${port}` })).status).toBe(421);
    expect((await get(`${origin}/mesh`)).status).toBe(404);
    expect((await get(`${origin}/trust`)).status).toBe(404);
    expect((await get(`${origin}/glow-authority.crt`)).status).toBe(404);
    expect((await get(`${origin}/guest`)).status).toBe(426);
    const refused = async (path: string, options: object) => {
      const socket = new WebSocket(`ws://127.0.0.2:${port}${path}`, options);
      await expect(once(socket, "open")).rejects.toThrow(/40[34]|421/);
    };
    await refused("/guest", {});
    await refused("/guest", { origin: "http://evil.example" });
    await refused("/guest", { origin: `http://127.0.0.1:${port}` });
    await refused("/guest", { origin, headers: { host: `evil.example:${port}` } });
    await refused("/mesh", { origin });
    const { local } = await daemon.node.pages().info();
    const here = new URL(local[0] ?? "");
    const there = new WebSocket(`ws://${here.host}/guest`, { origin: here.origin });
    await expect(once(there, "open")).rejects.toThrow("404");
  });

  test("has room for webLimits.guestAttempts attempts on a connection", async () => {
    const { url } = await link();
    await using visitor = await visit(url);
    for (let i = 0; i < webLimits.guestAttempts; i++) {
      await expect(visitor.door.enter("0".repeat(32), "")).rejects.toMatchObject({ kind: "denied" });
    }
    await expect(visitor.door.enter(tokenOf(url), "")).rejects.toMatchObject({ kind: "exhausted" });
  });

  test("and for webLimits.guestSessionsEach pages of one guest: then the oldest goes", async () => {
    const { visitor, session, made } = await entered();
    const others: Visitor[] = [];
    for (let i = 0; i < webLimits.guestSessionsEach; i++) {
      const other = await visit(made.url);
      await other.door.resume(session).info();
      others.push(other);
    }
    expect(await visitor.session.closed).toMatchObject({ kind: "exhausted" });
    expect((await (others.at(-1) as Visitor).door.resume(session).info()).rights).toEqual(["read"]);
    for (const other of others) await other[Symbol.asyncDispose]();
  });
});

test("links outlive a new start; with the setting off all ends, and nothing is served", async () => {
  await using own = await startPageDaemon({ interfaces, names: [] });
  await own.node.drives().create("Home");
  await expect(own.node.pages().guest({ places: [{ drive: "Home" }], lifetimeSeconds: 60 })).rejects.toMatchObject({
    kind: "unavailable",
  });
  await own.node.settings().set({ pageGuests: true });
  await expect.poll(async () => (await own.node.pages().info()).guests?.length).toBe(1);
  const { url } = await own.node.pages().guest({ places: [{ drive: "Home" }], lifetimeSeconds: 600 });
  const first = await visit(url);
  const { session } = await first.door.enter(tokenOf(url), "");
  await own.daemon.stop();
  await first.session.closed;
  await using again = await startPageDaemon({ home: own.home, port: Number(new URL(url).port), interfaces, names: [] });
  const second = await visit(url);
  await expect(second.door.enter(tokenOf(url), "")).rejects.toMatchObject({ kind: "denied" });
  expect((await second.door.resume(session).info()).rights).toEqual(["read"]);
  await again.node.settings().set({ pageGuests: false });
  await second.session.closed;
  await expect(get(url)).rejects.toMatchObject({ code: "ECONNREFUSED" });
});
