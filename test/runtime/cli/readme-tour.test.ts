// The tour of README.md, typed as it stands there by somebody who has just cloned it, with a home folder of their own; and what it
// shows compared with what is printed. Where there can be namespaces, on a host with a network of its own.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Namespaces, namespacesMissing } from "../namespaces.ts";
import { GlowHome } from "./glow-home.ts";
import { checkout, isLook, shownPattern, tourSteps } from "./readme-tour.ts";
import { TypedShell } from "./typed-shell.ts";

let folder: string;
let network: Namespaces | undefined;
let on: (command: readonly string[]) => readonly string[] = (command) => command;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "glow-tour-"));
  if (namespacesMissing() !== undefined) return;
  network = await Namespaces.create();
  await network.addHost("desk");
  await network.addSwitch("lan");
  await network.plugIn({ host: "desk", name: "eth0", addresses: ["10.79.1.2/24"] }, "lan");
  const { commandOn } = network;
  on = commandOn.bind(network, "desk");
});

afterAll(async () => {
  // If the tour was broken off in the middle.
  await using glow = await GlowHome.make({ running: false, on });
  for (const home of [".local/state/glow", "glow-tour/two"]) await glow.run("stop", "--home", join(folder, home));
  await network?.dispose();
  await rm(folder, { recursive: true, force: true });
});

/** Of somebody who has set nothing. */
function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(GLOW|XDG|npm|NODE|VITEST|NO_COLOR)/i.test(name));
  return { ...Object.fromEntries(kept), HOME: folder };
}

test("what is typed prints what is shown", { timeout: 240_000 }, async () => {
  const [start, ...steps] = await tourSteps("Ten minutes with it");
  const options = { folder: checkout, env: environment(), on };
  const first = new TypedShell(options);
  expect(start?.typed).toBe("npm start\n");
  first.begin("npm start");
  await first.shows(shownPattern(start?.shown ?? "nothing"));

  const second = new TypedShell(options);
  expect(steps.length).toBeGreaterThan(15);
  for (const step of steps) {
    const { typed, shown } = step;
    if (shown === undefined) await second.type(typed);
    else if (isLook(step))
      await expect.poll(() => second.type(typed, true), { timeout: 30_000 }).toMatch(shownPattern(shown));
    else expect(await second.type(typed)).toMatch(shownPattern(shown));
  }
  expect(await second.end()).toBe(0);
  expect(await first.end()).toBe(0);
  expect(first.output).toMatch(/^stopped$/m);
});

test("a placeholder stands for text of its line, and alone for lines", () => {
  const pattern = shownPattern("a … c\n…\nend.\n");
  for (const text of ["a b c\nend.\n", "a  c\nx\ny\nend.\n"]) expect(text).toMatch(pattern);
  for (const text of ["a b\nend.\n", "a b c\nendX\n", "a b c\nx\n", "a b c\nend.\nmore\n"])
    expect(text).not.toMatch(pattern);
});
