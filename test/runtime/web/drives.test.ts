// Whole drives in the page: another name, what is kept of one, and one that is removed and put back.

import { afterAll, beforeAll, expect, test } from "vitest";
import { givenText } from "../../scenarios/node/given-bytes.ts";
import { PageSession } from "./page-session.ts";

let session: PageSession;

beforeAll(async () => {
  session = await PageSession.start();
});

afterAll(async () => {
  expect(session.complaints.unexplained).toEqual([]);
  await session[Symbol.asyncDispose]();
});

async function choose(drive: string, item: string): Promise<void> {
  await session.page.getByRole("button", { name: `Actions for ${drive}` }).click();
  await session.page.getByRole("menuitem", { name: item }).click();
}

const drives = () => session.host.node.drives();
const link = (name: string) => session.page.locator(".drive-card").getByRole("link", { name });

test("a drive gets another name, and one that is taken is refused in its place", async () => {
  await drives().create("Letters");
  await session.visit("#/files");
  await choose("Letters", "Rename");
  const { page } = session;
  await page.getByRole("textbox", { name: "New name" }).fill("Home");
  await page.getByRole("button", { name: "Rename" }).click();
  await page.getByText("a drive has this name").waitFor();
  await page.getByRole("textbox", { name: "New name" }).fill("Post");
  await page.getByRole("button", { name: "Rename" }).click();
  await link("Post").waitFor();
  expect((await drives().list()).map(({ name }) => name)).toEqual(["Home", "Post"]);
});

test("what is kept of a drive is chosen, and shows", async () => {
  await session.visit("#/files");
  await choose("Home", "Fetch only what is opened");
  await session.page.getByText("Names only").waitFor();
  expect((await drives().list())[0]?.content).toBe("names");
  await choose("Home", "Keep all of it here");
  await session.page.getByText("Names only").waitFor({ state: "detached" });
});

test("a drive is removed after a question, and put back with all that is in it", async () => {
  const { page } = session;
  await drives().create("Old");
  const old = await drives().open("Old");
  await old.write("note.txt", givenText("old"));
  await session.visit("#/files");
  await choose("Old", "Remove");
  await page.getByText("Nothing in it is deleted").waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  expect((await drives().list()).some(({ name }) => name === "Old")).toBe(true);
  await choose("Old", "Remove");
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await link("Old").waitFor({ state: "detached" });
  expect((await drives().removed()).map(({ name }) => name)).toEqual(["Old"]);
  await page.getByText("1 removed drive").click();
  await page.getByRole("button", { name: "Put back Old" }).click();
  await link("Old").waitFor();
  expect(await drives().removed()).toEqual([]);
});
