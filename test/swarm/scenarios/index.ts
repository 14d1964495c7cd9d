// All scenarios that `npm run swarm` knows. A new one is a file in this folder and a line here.

import type { Scenario } from "#platform/simulated/swarm/scenario.ts";
import { clockAndTimers } from "./clock-and-timers.ts";
import { echoLog } from "./echo-log.ts";
import { firefly } from "./firefly.ts";
import { mesh } from "./mesh.ts";
import { resumable } from "./resumable.ts";
import { store } from "./store.ts";

export const scenarios: readonly Scenario[] = [echoLog, clockAndTimers, firefly, resumable, mesh, store];
