// Random work in bound folders, with everything that can happen to devices: in the end all folders and the drive are the same,
// and no content is lost that was left alone for a moment, or that the binding itself replaced or removed.

import { expect, test } from "vitest";
import { BindingModel } from "./binding-model.ts";

/** What once found a fault, and which. */
const found: Readonly<Record<number, string>> = {
  33: "what waited in a folder that made way was due for ever",
  111: "an edit brought back what was just about to be removed",
  185: "rows below a folder that has none",
  254: "changes in a folder that was aside were passed over",
  598: "two folders that swapped places are in a circle for a moment",
};
const seeds = [1, 2, 3, 4, 5, 6, ...Object.keys(found).map(Number)];
/** The same where what is done in folders takes time. */
const slowly: Readonly<Record<number, string>> = {
  12: "a link with the identity of one that was removed",
  30: "the same, on another device",
  165: "a link in the place of one that was about to be put there when the device died",
  303: "a folder that counted as new waited for one that was missing to go, and that one for it",
  3300: "what a file held was taken for where a link leads that it had replaced",
};
const steps = 60;

async function faults(seed: number, slow: boolean): Promise<string[]> {
  const model = new BindingModel(seed, seed % 3 === 0 ? ["phone", "laptop", "tablet"] : ["phone", "laptop"], slow);
  await model.start();
  for (let i = 0; i < steps; i++) await model.step();
  await model.heal();
  return model.faults();
}

for (const seed of seeds) {
  test(`seed ${seed}${found[seed] === undefined ? "" : `: ${found[seed]}`}`, async () => {
    expect(await faults(seed, false)).toEqual([]);
  });
}

for (const seed of [1, 2, 3, ...Object.keys(slowly).map(Number)]) {
  test(`seed ${seed}, slowly${slowly[seed] === undefined ? "" : `: ${slowly[seed]}`}`, async () => {
    expect(await faults(seed, true)).toEqual([]);
  });
}
