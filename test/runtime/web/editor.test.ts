// Editing a text in the page: what was typed is never lost, and what was not touched stays byte for byte.

import { afterAll, beforeAll, expect, test } from "vitest";
import { PageSession } from "./page-session.ts";

let session: PageSession;

beforeAll(async () => {
  session = await PageSession.start();
});

afterAll(async () => {
  expect(session.complaints.unexplained).toEqual([]);
  await session[Symbol.asyncDispose]();
});

const editor = () => session.page.locator(".cm-content");

async function typeAtEnd(text: string): Promise<void> {
  await editor().click();
  await session.page.keyboard.press("Control+End");
  await session.page.keyboard.type(text);
}

test("what was typed and not saved is still there after a look at another part of the page", async () => {
  await session.write("draft.txt", "begun");
  await session.visit("#/files/Home/draft.txt");
  await editor().getByText("begun").waitFor();
  await typeAtEnd(", and gone on with");
  await session.visit("#/devices");
  await session.page.getByRole("heading", { name: "All devices" }).waitFor();
  await session.visit("#/files/Home/draft.txt");
  await editor().getByText("begun, and gone on with").waitFor();
  await session.page.getByText("Not saved yet").waitFor();
  expect(await session.textAt("draft.txt")).toBe("begun");
  await session.page.getByRole("button", { name: "Save" }).click();
  await expect.poll(() => session.textAt("draft.txt")).toBe("begun, and gone on with");
  await session.visit("#/devices");
  await session.visit("#/files/Home/draft.txt");
  await session.page.getByText("Saved", { exact: true }).waitFor();
});

test("a conflict that comes in while one types takes nothing that was typed", async () => {
  const first = await session.write("two.txt", "first");
  await session.visit("#/files/Home/two.txt");
  await editor().getByText("first").waitFor();
  await typeAtEnd(", typed");
  for (const text of ["second", "third"]) await session.write("two.txt", text, [first ?? ""]);
  await session.page.getByText("Changed in 2 places at once").waitFor();
  await session.page.getByText("changed elsewhere while you were typing").waitFor();
  expect(await editor().textContent()).toBe("first, typed");
  await session.page.getByRole("button", { name: "Keep mine" }).click();
  await expect.poll(() => session.textAt("two.txt")).toBe("first, typed");
});

test("lines that end as they do elsewhere go on to", async () => {
  await session.write("dos.ini", "[one]\r\na=1\r\n");
  await session.visit("#/files/Home/dos.ini");
  await editor().getByText("a=1").waitFor();
  await session.page.getByText("Saved", { exact: true }).waitFor();
  await typeAtEnd("b=2\n");
  await session.page.keyboard.press("Control+s");
  await expect.poll(() => session.textAt("dos.ini")).toBe("[one]\r\na=1\r\nb=2\r\n");
});
