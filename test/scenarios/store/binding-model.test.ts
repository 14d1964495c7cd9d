// Random work in bound folders, with everything that can happen to devices: in the end all folders and the drive are the same,
// and no content is lost that was left alone for a moment, or that the binding itself replaced or removed.

import { expect, test } from "vitest";
import { BindingModel } from "./binding-model.ts";

const seeds = 10;
const steps = 60;

for (let seed = 1; seed <= seeds; seed++) {
  test(`seed ${seed}`, async () => {
    const model = new BindingModel(seed, seed % 3 === 0 ? ["phone", "laptop", "tablet"] : ["phone", "laptop"]);
    await model.start();
    for (let i = 0; i < steps; i++) await model.step();
    await model.heal();
    expect(await model.faults()).toEqual([]);
  });
}
