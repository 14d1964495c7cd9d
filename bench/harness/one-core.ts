// Keeping processes on one core. Two processes that take turns wake each other up, and what that costs depends on
// whether the system's scheduler happens to have put them on one core or on two: by a factor of three, which would hide
// what the stacks themselves cost.

import { spawnSync } from "node:child_process";
import { cpus } from "node:os";

const core = String(cpus().length - 1);

/** A command that runs the command behind it on one core; undefined where there is none (`taskset` is Linux's). */
export const oneCoreCommand: readonly string[] | undefined =
  spawnSync("taskset", ["-c", core, "true"]).status === 0 ? ["taskset", "-c", core] : undefined;
