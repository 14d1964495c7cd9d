// `glow uploads`: what was begun and is not whole, and how it is given up.

import { expect, test } from "vitest";
import { FireflySession } from "#firefly/session/session.ts";
import type { PendingUpload } from "#interfaces/generated/drive.ts";
import { NodeStub } from "#interfaces/generated/node.ts";
import { NodeClock } from "#platform/nodejs/clock.ts";
import { dialDaemon } from "#platform/nodejs/daemon-door.ts";
import { NodeTimers } from "#platform/nodejs/timers.ts";
import { givenText } from "../../scenarios/node/given-bytes.ts";
import { GlowHome } from "./glow-home.ts";

test("an upload that is not whole is listed, safe to show, and given up", async () => {
  await using glow = await GlowHome.make();
  expect(await glow.run("uploads")).toMatchObject({ code: 0, out: "", err: "no upload is unfinished\n" });
  using session = new FireflySession(await dialDaemon(glow.home), { clock: new NodeClock(), timers: new NodeTimers() });
  using drives = session.root(NodeStub).drives();
  await drives.create("films");
  using films = drives.open("films");
  using upload = films.upload("long.mkv", 4_000_000, "key");
  await upload.write(0, givenText("x".repeat(1_000_000)));
  using other = films.upload("a\x1b[2Jb", 10, "key");
  await other.state();
  const { out } = await glow.run("uploads");
  expect(out).toMatch(/1\.0 MB of 4\.0 MB +\d+ s ago +films\/long\.mkv\n/);
  expect(out).toContain("films/a\\x1b[2Jb");
  expect(await glow.json<PendingUpload[]>("uploads")).toHaveLength(2);
  expect(await glow.run("uploads", "discard", "films/none")).toMatchObject({ code: 1, out: "" });
  expect(await glow.run("uploads", "discard", "films/long.mkv")).toMatchObject({ code: 0 });
  expect((await glow.json<PendingUpload[]>("uploads")).map(({ path }) => path)).toEqual(["a\x1b[2Jb"]);
});
