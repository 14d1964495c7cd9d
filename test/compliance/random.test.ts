// The seeded source of simulation keeps the same contract as the system's.

import { SeededRandom } from "#base/random.ts";
import { randomCompliance } from "./random.ts";

randomCompliance("seeded", async () => ({ thing: new SeededRandom("compliance") }));
