// Machines in a line as a person sets them up, by the command line alone. The sizes of a real day are in
// test/runtime/long/three-hosts.ts.

import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { namespacesMissing } from "../namespaces.ts";
import { LineStory } from "./line-story.ts";

const missing = namespacesMissing();
const largeBytes = 24_000_000;
/** Of dozens of commands, each a process: on a busy machine that takes long. */
const patience = { timeout: 180_000 };
/** Of what was sent once, so much may be sent again: what was under way, and what it is wrapped in. */
const mostSent = 1.25;
let story: LineStory;

beforeAll(async () => {
  if (missing === undefined) story = await LineStory.begin({ files: 100, largeBytes });
});

beforeEach((context) => context.skip(missing !== undefined, missing));

afterAll(() => story?.dispose());

test(
  "a machine joins that reaches only one that holds nothing, and a folder is the same at both ends",
  patience,
  async () => {
    await story.join();
    const { differences, files } = await story.bind();
    expect(differences).toEqual([]);
    expect(files).toBeGreaterThan(50);
  },
);

test("the one between has neither names nor contents", async () => {
  const { found, bytes, searched } = await story.spy(story.b);
  expect(found).toEqual([]);
  expect(searched).toBeGreaterThan(1000);
  expect(bytes).toBeLessThan(200_000);
  expect((await story.spy(story.a)).found).not.toEqual([]);
  expect(await story.b.json("drives")).toEqual([]);
  expect(await story.b.run("drives", "create", "own")).toMatchObject({
    code: 1,
    err: expect.stringContaining("this device holds nothing"),
  });
});

test("the way is shown: links with what they go over, devices, each step with its time", async () => {
  const { links, far, nodes, path, text } = await story.ways();
  expect(links.links).toMatchObject([{ name: "b", transport: "tcp", active: true }]);
  expect(links.routes.find(({ name }) => name === "c")).toMatchObject({ nextName: "b", hops: 2 });
  expect(new Set(far.links.map(({ name, transport }) => `${name} ${transport}`))).toEqual(new Set(["a tcp", "c tcp"]));
  expect(nodes.map(({ name, online, over }) => [name, online, over])).toEqual([
    ["a", true, undefined],
    ["b", true, undefined],
    ["c", true, "b"],
  ]);
  expect(path.hops.map(({ name }) => name)).toEqual(["b", "c"]);
  expect(path.hops.every(({ roundTripMs = 0 }) => roundTripMs > 0)).toBe(true);
  expect(text.out).toMatch(/^c: [\d.]+ m?s, 2 hops, over b \([\d.]+ m?s\)\n$/);
});

test("while the one between is gone, the doctor says who that is, and what helps", async () => {
  const { code, out } = await story.doctorWithoutRelay();
  expect(code).toBe(0);
  expect(out).toMatch(/links: no way to any other device \(b, c\)\n +-> .*start Glow on b/);
});

test("a file that is put goes on over another machine when the one that carries it is killed", patience, async () => {
  await story.addSecondRelay();
  const { isWhole, sent, size } = await story.putWhileKilled();
  expect(isWhole).toBe(true);
  expect(sent).toBeLessThan(size * mostSent);
});

test("and so does one that is got", patience, async () => {
  await story.restart();
  const { isWhole, sent, size } = await story.getWhileKilled();
  expect(isWhole).toBe(true);
  expect(sent).toBeLessThan(size * mostSent);
});

test(
  "who was away comes back, and everything is the same; what both have edited is in conflict until one decides",
  patience,
  async () => {
    await story.restart();
    const { conflicts, files, removed } = await story.goAway(0);
    expect(conflicts).toEqual([["in/both.txt"], ["in/both.txt"]]);
    for (const path of ["new/on a.txt", "new on c.txt", "moved by a/inside.txt"]) expect(files).toContain(path);
    for (const path of removed) expect(files).not.toContain(path);
    const { contents } = await story.resolve();
    expect(contents).toEqual(["as a has it\n", "as a has it\n"]);
  },
);
