// What the page says of itself and of what is not there: names and not ids, whole commands, and each time what to do next.

import { afterAll, beforeAll, expect, test } from "vitest";
import { axeFaults } from "./axe.ts";
import { PageSession } from "./page-session.ts";

let session: PageSession;

beforeAll(async () => {
  session = await PageSession.start();
  await session.write("Letters/Old/letter.txt", "Dear Bob");
});

afterAll(async () => {
  expect(session.complaints.unexplained).toEqual([]);
  await session[Symbol.asyncDispose]();
});

test("a device that gets another name has it in the corner, too", async () => {
  const { page, host } = session;
  const self = page.locator(".shell-self");
  await self.getByText(`on ${(await host.node.info()).name}`).waitFor();
  const { devices } = await host.node.user().info();
  await host.node.user().renameDevice(devices.find(({ isThis }) => isThis)?.id ?? "", "attic");
  await self.getByText("on attic").waitFor();
});

test("the log calls devices and drives by their names", async () => {
  const { page, host } = session;
  const [{ id } = { id: "" }] = await host.node.drives().list();
  const { devices } = await host.node.user().info();
  const tab = devices.find(({ role }) => role === "tab");
  await session.visit("#/activity");
  host.daemon.log.info("test", `a line about ${id}`, { node: tab?.node });
  const line = page.getByRole("log").getByText("a line about Home");
  await line.waitFor();
  expect(await line.textContent()).toContain(`node=${tab?.name}`);
  expect(await line.textContent()).not.toContain(tab?.node);
});

test("what is not there leads to the folder that it was in, or the nearest that is there", async () => {
  const { page } = session;
  const cases = [
    ["Letters/Old/none.txt", "Old"],
    ["Letters/none/none.txt", "Letters"],
    ["none/none.txt", "Home"],
  ] as const;
  for (const [path, folder] of cases) {
    await session.visit(`#/files/Home/${path}`);
    const button = page.getByRole("link", { name: `Open ${folder}` });
    await button.click();
    await page.getByRole("heading", { name: folder, exact: true }).waitFor();
  }
  await session.write("Letters/gone.txt", "soon");
  await session.visit("#/files/Home/Letters/gone.txt");
  await page.locator(".cm-content").getByText("soon").waitFor();
  await session.drive.remove(["Letters/gone.txt"]);
  await page.getByText("This file has gone from here").waitFor();
  await page.getByRole("link", { name: "Open Letters" }).click();
  await page.getByRole("heading", { name: "Letters", exact: true }).waitFor();
});

test.each([390, 1280])("an invitation shows all of its command, and how Glow gets there, at %d px", async (width) => {
  const { page } = session;
  await page.setViewportSize({ width, height: 800 });
  await session.visit("#/devices");
  await page.getByRole("button", { name: "Add a device" }).click();
  const code = page.locator(".invite-code");
  await code.getByText(/^glow join glow1[0-9a-z]{100,}$/).waitFor();
  const [shown, whole] = await code.evaluate(({ clientHeight, scrollHeight }) => [clientHeight, scrollHeight]);
  expect(shown).toBe(whole);
  await page.getByText("npm install --global").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
});

test.each([390, 1280])("menus have their words beside their pictures at %d px", async (width) => {
  const { page } = session;
  await page.setViewportSize({ width, height: 800 });
  await session.visit("#/files/Home");
  await page.getByRole("button", { name: "Add" }).first().click();
  const item = page.getByRole("menuitem", { name: "New folder" });
  const [picture, word] = await Promise.all([
    item.locator("svg").boundingBox(),
    item.getByText("New folder").boundingBox(),
  ]);
  const middle = (box: { y: number; height: number } | null): number => (box?.y ?? 0) + (box?.height ?? 0) / 2;
  expect(Math.abs(middle(picture) - middle(word))).toBeLessThan(2);
  await page.keyboard.press("Escape");
});

test("a node that was stopped is said to be, with what starts it", async () => {
  await using own = await PageSession.start();
  const { page } = own;
  await own.host.daemon.stop();
  const notice = page.getByRole("status").filter({ hasText: "does not answer" });
  await notice.waitFor();
  expect(await notice.textContent()).toMatch(
    /^Glow on .+ does not answer\. If it was stopped, start it there with glow start\./,
  );
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    expect(await axeFaults(page, `away, ${colorScheme}`)).toEqual([]);
  }
});
