// Every dialog and menu of the page, open: axe finds no serious fault in it. And the main jobs done by keys alone.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { givenText } from "../../scenarios/node/given-bytes.ts";
import { axeFaults } from "./axe.ts";
import { PageSession } from "./page-session.ts";

let session: PageSession;

beforeAll(async () => {
  session = await PageSession.start();
  const drives = session.host.node.drives();
  for (const name of ["Spare", "Old"]) await drives.create(name);
  // One that never held anything would not be listed.
  const old = await drives.open("Old");
  await old.write("note.txt", givenText("old"));
  await drives.remove("Old");
  for (const text of ["one", "two"]) await session.write("letter.txt", text);
});

afterAll(async () => {
  expect(session.complaints.unexplained).toEqual([]);
  await session[Symbol.asyncDispose]();
});

const button = (name: string | RegExp) => session.page.getByRole("button", { name }).first().click();
const item = (name: string) => session.page.getByRole("menuitem", { name }).click();

/** Where, what is done to open it, and what shows then. */
const dialogs: readonly [string, string, () => Promise<unknown>, string][] = [
  ["a new drive", "#/files", () => button("New drive"), "dialog"],
  ["the menu of a drive", "#/files", () => button("Actions for Spare"), "menu"],
  [
    "removing a drive",
    "#/files",
    async () => {
      await button("Actions for Spare");
      await item("Remove");
    },
    "dialog",
  ],
  [
    "removed drives",
    "#/files",
    () => session.page.getByText("1 removed drive").click(),
    "button[aria-label='Put back Old']",
  ],
  ["what can be added", "#/files/Home", () => button("Add"), "menu"],
  ["how it is sorted", "#/files/Home", () => button("Sort"), "menu"],
  ["the menu of a file", "#/files/Home", () => button("Actions for letter.txt"), "menu"],
  [
    "another name",
    "#/files/Home",
    async () => {
      await button("Actions for letter.txt");
      await item("Rename");
    },
    "dialog",
  ],
  [
    "another place",
    "#/files/Home",
    async () => {
      await button("Actions for letter.txt");
      await item("Move to");
    },
    "dialog",
  ],
  [
    "the history",
    "#/files/Home/letter.txt",
    async () => {
      await button("Actions for letter.txt");
      await item("History");
      await session.page.locator(".history-row").nth(1).click();
    },
    "dialog",
  ],
  ["an invitation", "#/devices", () => button("Add a device"), "dialog"],
];

// Colours know of no width, and what is drawn of no colour: each of both once. The colours are there before what has them.
describe.each([
  ["light", 1280],
  ["dark", 390],
] as const)("in %s at %d px", (colorScheme, width) => {
  test.each(dialogs)("axe finds nothing serious in %s", async (_, hash, open, shown) => {
    const { page } = session;
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor();
    await session.visit("#/activity");
    await page.getByRole("heading", { name: "Activity", level: 1 }).waitFor();
    await session.visit(hash);
    await open();
    if (shown === "dialog" || shown === "menu") await page.getByRole(shown).waitFor();
    else await page.locator(shown).waitFor();
    expect(await axeFaults(page, hash)).toEqual([]);
    await page.keyboard.press("Escape");
  });
});

test("a file is found, read, written, renamed, deleted and brought back without a mouse", async () => {
  const { page } = session;
  await page.setViewportSize({ width: 1280, height: 800 });
  await session.write("keys.txt", "typed");
  await session.visit("#/files");
  const tabTo = async (name: RegExp): Promise<void> => {
    for (let i = 0; i < 60; i++) {
      const label = await page.evaluate<string>(
        "(document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '').trim()",
      );
      if (name.test(label)) return;
      await page.keyboard.press("Tab");
    }
    throw new Error(`Tab comes to nothing that is called ${name}`);
  };
  await page.locator(".drive-card").first().waitFor();
  await tabTo(/^Home$/);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Home" }).waitFor();
  await page.getByRole("row").filter({ hasText: "keys.txt" }).waitFor();
  await tabTo(/^keys\.txt|^letter\.txt/);
  await page.keyboard.press("Home");
  await page.keyboard.press("F2");
  await page.getByRole("textbox", { name: "New name" }).waitFor();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("by keys.txt");
  await page.keyboard.press("Enter");
  await page.getByRole("row").filter({ hasText: "by keys.txt" }).waitFor();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await tabTo(/^by keys\.txt/);
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  await page.locator(".cm-content").getByText("typed").waitFor();
  await tabTo(/^Text of/);
  await page.keyboard.press("Control+End");
  await page.keyboard.type(" by keys");
  await page.keyboard.press("Control+s");
  await expect.poll(() => session.textAt("by keys.txt")).toBe("typed by keys");
  await session.visit("#/files/Home");
  await page.getByRole("row").filter({ hasText: "by keys.txt" }).waitFor();
  await tabTo(/^by keys\.txt/);
  await page.keyboard.press("Home");
  await page.keyboard.press("Delete");
  await page.getByRole("row").filter({ hasText: "by keys.txt" }).waitFor({ state: "detached" });
  await tabTo(/^Undo$/);
  await page.keyboard.press("Enter");
  await page.getByRole("row").filter({ hasText: "by keys.txt" }).waitFor();
});

describe("another name, by keys", () => {
  const newName = () => session.page.getByRole("textbox", { name: "New name" });
  const hasFocus = () =>
    newName().evaluate<boolean, { ownerDocument: { activeElement: unknown } }>(
      (box) => box.ownerDocument.activeElement === box,
    );
  const rowOf = (name: string) => session.page.getByRole("row").filter({ hasText: name });

  async function choose(folder: string, name: string): Promise<void> {
    await session.write(`${folder}/${name}`, "typed");
    await session.visit(`#/files/Home/${folder}`);
    await rowOf(name).getByRole("link").focus();
  }

  test("what is typed as soon as the key was pressed goes into the box, in place of the stem", async () => {
    await choose("Fast", "hasty.txt");
    const { keyboard } = session.page;
    await keyboard.press("F2");
    await keyboard.type("at once");
    await keyboard.press("Enter");
    await rowOf("at once.txt").waitFor();
    await newName().waitFor({ state: "detached" });
    expect(await session.page.evaluate("document.activeElement.textContent")).toContain("at once.txt");
  });

  test("the list does not take the focus from the box when something comes into it", async () => {
    await choose("Changing", "first.txt");
    const { keyboard } = session.page;
    // Already there: the key has nothing to do.
    await keyboard.press("Home");
    await keyboard.press("F2");
    await newName().waitFor();
    await expect.poll(hasFocus).toBe(true);
    await session.write("Changing/late.txt", "");
    await rowOf("late.txt").waitFor();
    // What a rendering does when it has been painted is done two frames later.
    await session.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
    expect(await hasFocus()).toBe(true);
    await keyboard.press("Escape");
    await newName().waitFor({ state: "detached" });
  });
});
