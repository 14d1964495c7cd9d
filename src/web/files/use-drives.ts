// The drives of the node, live.

import type { DriveInfo, DriveStub } from "#interfaces/generated/drive.ts";
import { useConnection } from "../tab/tab-context.tsx";
import { type Live, useCapability, useStream } from "../tab/use-stream.ts";

export function useDrives(): Live<readonly DriveInfo[]> {
  const { node } = useConnection();
  return useStream(() => {
    const drives = node.drives();
    return drives.watch().finally(() => drives[Symbol.dispose]());
  }, [node]);
}

/** One drive to make calls on; undefined until it is there. */
export function useDrive(name: string): DriveStub | undefined {
  const { node } = useConnection();
  return useCapability(() => {
    using drives = node.drives();
    return drives.open(name);
  }, [node, name]);
}
