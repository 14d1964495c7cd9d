// A drive over rows that were taken in before, which is only read.

import { GlowError } from "#base/errors.ts";
import { SeededRandom } from "#base/random.ts";
import type { DeviceId, Space } from "#glow";
import type { RowReader } from "#store/drive/drive-keys.ts";
import { DriveStore } from "#store/drive/drive-store.ts";
import { SpaceDrive } from "#store/drive/space-drive.ts";

export function readingDrive(rows: RowReader): SpaceDrive {
  const space = {
    write: () => Promise.reject(new GlowError("denied", "space.write", { message: "this drive is only read" })),
  };
  const store = new DriveStore();
  return new SpaceDrive({
    space: space as Partial<Space> as Space,
    store,
    rows,
    device: "reader" as DeviceId,
    random: new SeededRandom("reader"),
  });
}
