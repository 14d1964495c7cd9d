// A file that is changed in two homes while they are apart: both versions are kept, shown, and one is chosen.

import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { GlowHome } from "./glow-home.ts";

/** A port that is free now: a node is to be found at the same one when it comes back. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

async function write(glow: GlowHome, path: string, text: string): Promise<void> {
  expect(await glow.runWith({ input: text }, "put", "-", path)).toMatchObject({ code: 0 });
}

interface Conflict {
  readonly path?: string;
  readonly versions: readonly { readonly id: string; readonly author: string }[];
}

test("both versions show as a conflict on both sides, and choosing on one settles it on both", async () => {
  await using first = await GlowHome.make({ running: false });
  await using second = await GlowHome.make({ running: false });
  const [firstPort, secondPort] = [await freePort(), await freePort()];
  await first.start([], firstPort);
  await second.start(["--no-user"], secondPort);
  await first.run("settings", "set", "name", "first");
  await first.run("drives", "create", "docs");
  await write(first, "docs/plan.txt", "to begin with");
  const { code } = await first.json<{ code: string }>("invite");
  expect(await second.run("join", code)).toMatchObject({ code: 0 });
  const text = async (glow: GlowHome): Promise<string> => (await glow.run("cat", "docs/plan.txt")).out;
  await expect.poll(() => text(second), { timeout: 30_000 }).toBe("to begin with");

  await first.run("stop");
  await write(second, "docs/plan.txt", "as second has it");
  await second.run("stop");
  await first.start([], firstPort);
  await write(first, "docs/plan.txt", "as first has it");
  await second.start([], secondPort);

  for (const glow of [first, second]) {
    const found = async (): Promise<number | undefined> =>
      (await glow.json<Conflict[]>("conflicts"))[0]?.versions.length;
    await expect.poll(found, { timeout: 30_000 }).toBe(2);
  }
  expect((await first.run("ls", "docs")).out).toBe("plan.txt !\n");
  const shown = await first.run("conflicts", "docs");
  expect(shown.out).toMatch(/^docs\/plan\.txt\n/);
  const ambiguous = await first.run("resolve", "docs/plan.txt", "nobody");
  expect(ambiguous).toMatchObject({ code: 2, err: expect.stringContaining("there are:") });
  expect(await first.run("resolve", "docs/plan.txt")).toMatchObject({ code: 2 });

  const [conflict] = await first.json<Conflict[]>("conflicts");
  const authors = conflict?.versions.map(({ author }) => author) ?? [];
  const chosen = authors.find((author) => author !== "first") ?? "";
  expect(await first.run("resolve", "docs/plan.txt", chosen)).toMatchObject({ code: 0, err: "" });
  for (const glow of [first, second]) {
    await expect.poll(() => text(glow), { timeout: 30_000 }).toBe("as second has it");
    await expect.poll(() => glow.json("conflicts"), { timeout: 30_000 }).toEqual([]);
  }
});
