// Tells a node's program what changes in a simulated folder: what it does itself there, too, as on a real machine.

import { GlowError } from "#base/errors.ts";
import type { Subscription, Timers } from "#glow";
import { ChangeGathering, type TellChanges } from "../../change-gathering.ts";
import type { SimulatedFolder } from "./folder.ts";

export function watchSimulatedFolder(
  folder: SimulatedFolder,
  timers: Timers,
  changed: TellChanges,
  limited: (reason: GlowError | undefined) => void = () => undefined,
): Subscription {
  const gathering = new ChangeGathering(timers, changed);
  let present = folder.present;
  const listening = folder.watch((path, name) => {
    gathering.add(path, name);
    if (present === folder.present) return;
    present = folder.present;
    const message = "the folder is not there; plug its disk in, or put it back";
    limited(present ? undefined : new GlowError("unavailable", "folder.watch", { message }));
  });
  gathering.add(undefined);
  return {
    stop: () => {
      listening.stop();
      gathering.close();
    },
  };
}
