// One text on two machines and in a browser, in real processes: what is typed in the page is on the disk of the machine whose
// folder is bound, what is written on the disk shows in the page, and what two write while they are cut off from each other is
// both kept, and settled wherever one likes.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { namespacesMissing } from "../namespaces.ts";
import { PageNetwork } from "./page-network.ts";

const missing = namespacesMissing();
const patience = { timeout: 45_000, interval: 50 };

let network: PageNetwork;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  if (missing !== undefined) return;
  network = await PageNetwork.create();
  const { a } = network;
  await mkdir(a.path("papers"));
  await writeFile(a.path("papers/plan.txt"), "first line\n");
  await a.json("bind", a.path("papers"), "papers", "--create");
  const browser = await network.startBrowser("a");
  const { url } = await a.json<{ url: string }>("page");
  page = await browser.newPage();
  complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(url);
  await page.getByRole("heading", { name: "Files" }).waitFor();
}, 120_000);

afterAll(async () => {
  if (missing !== undefined) return;
  await network[Symbol.asyncDispose]();
  expect(complaints).toEqual([]);
});

const onDisk = (): Promise<string> => readFile(network.a.path("papers/plan.txt"), "utf8");
const atC = async (): Promise<string> => (await network.c.run("cat", "papers/plan.txt")).out;
const editor = () => page.locator(".cm-content");

async function open(hash: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
}

async function typeAtEnd(text: string): Promise<void> {
  await editor().click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type(text);
}

async function save(): Promise<void> {
  await page.keyboard.press("Control+s");
  await page.getByText("Saved", { exact: true }).waitFor();
}

async function conflictsAt(host: "a" | "c"): Promise<number> {
  return (await network[host].json<unknown[]>("conflicts")).length;
}

test("the page is a device like any, for the other machine too", async (context) => {
  context.skip(missing !== undefined, missing);
  const tabs = async () =>
    (await network.c.json<{ role: string; name: string }[]>("nodes")).filter(({ role }) => role === "tab");
  await expect.poll(tabs, patience).toMatchObject([{ name: expect.stringContaining("on Linux") }]);
  const { out } = await network.c.run("nodes");
  expect(out).toMatch(/Chrome on Linux\s+tab/);
});

test("what is typed in the page is on the disk within two seconds", async (context) => {
  context.skip(missing !== undefined, missing);
  await open("#/files/papers/plan.txt");
  await editor().getByText("first line").waitFor();
  const tookMs: number[] = [];
  for (const word of ["one", "two", "three"]) {
    await typeAtEnd(`${word}\n`);
    const begunMs = performance.now();
    await page.keyboard.press("Control+s");
    await expect.poll(onDisk, { timeout: 30_000, interval: 5 }).toContain(word);
    tookMs.push(Math.round(performance.now() - begunMs));
  }
  console.log(`from Ctrl+S in the page to the file on the disk: ${tookMs.join(", ")} ms`);
  expect(Math.min(...tookMs)).toBeLessThan(2000);
  await expect.poll(atC, patience).toBe("first line\none\ntwo\nthree\n");
});

test("what is written on the disk shows in the page that is open, and takes nothing that was typed", async (context) => {
  context.skip(missing !== undefined, missing);
  await open("#/files/papers/plan.txt");
  const before = await onDisk();
  const begunMs = performance.now();
  await writeFile(network.a.path("papers/plan.txt"), `${before}from the disk\n`);
  await editor().getByText("from the disk").waitFor();
  console.log(`from a write on the disk to the text in the page: ${Math.round(performance.now() - begunMs)} ms`);

  await typeAtEnd("typed, and not saved");
  await writeFile(network.a.path("papers/plan.txt"), "quite another text\n");
  await page.getByRole("alert").getByText("changed elsewhere while you were typing").waitFor();
  expect(await editor().textContent()).toContain("typed, and not saved");
  await page.getByRole("button", { name: "Take theirs" }).click();
  await editor().getByText("quite another text").waitFor();
  expect(await page.getByRole("alert").count()).toBe(0);
  await page.getByText("Saved", { exact: true }).waitFor();
});

test("what both write while they are cut off is kept, shows everywhere, and is settled in the page for all", async (context) => {
  context.skip(missing !== undefined, missing);
  await writeApart("of A, apart", "of C, apart");
  await page.getByText("Changed in 2 places at once").waitFor();
  await page.getByRole("button", { name: "Compare the versions" }).click();
  const theirs = page.locator(".conflict-version").filter({ hasText: "of C, apart" });
  await page.locator(".conflict-version").filter({ hasText: "of A, apart" }).waitFor();
  await theirs.getByRole("button", { name: "Keep this one" }).click();
  for (const host of ["a", "c"] as const) await expect.poll(() => conflictsAt(host), patience).toBe(0);
  await expect.poll(onDisk, patience).toContain("of C, apart");
  await expect.poll(atC, patience).toBe(await onDisk());
  await editor().getByText("of C, apart").waitFor();
});

test("and so it is by the command line of the other machine", async (context) => {
  context.skip(missing !== undefined, missing);
  await writeApart("of A, once more", "of C, once more");
  await page.getByText("Changed in 2 places at once").waitFor();
  const [conflict] = await network.c.json<{ versions: { id: string; author: string }[] }[]>("conflicts");
  const fromPage = conflict?.versions.find(({ author }) => author !== "c");
  expect(await network.c.run("resolve", "papers/plan.txt", fromPage?.id ?? "")).toMatchObject({ code: 0, err: "" });
  await page.getByText("Changed in 2 places at once").waitFor({ state: "detached" });
  await editor().getByText("of A, once more").waitFor();
  await expect.poll(() => conflictsAt("a"), patience).toBe(0);
  await expect.poll(onDisk, patience).toContain("of A, once more");
});

/** In the page of A and by the command line of C, while neither hears of the other. */
async function writeApart(ofA: string, ofC: string): Promise<void> {
  await open("#/files/papers/plan.txt");
  await expect.poll(atC, patience).toBe(await onDisk());
  await network.setCable("down");
  await typeAtEnd(ofA);
  await save();
  const { code } = await network.c.runWith({ input: ofC }, "put", "-", "papers/plan.txt");
  expect(code).toBe(0);
  expect(await atC()).toBe(ofC);
  await network.setCable("up");
  for (const host of ["a", "c"] as const) await expect.poll(() => conflictsAt(host), patience).toBe(1);
}
