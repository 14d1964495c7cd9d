// The files of a drive that were changed in two places, each a step away from its two versions.

import { Button } from "@mantine/core";
import type { Conflict } from "#interfaces/generated/drive.ts";
import { tellFailure } from "../app/failure-notice.tsx";
import { writeRoute } from "../app/route.ts";
import { useDrive } from "../files/use-drives.ts";
import { useCall } from "../tab/use-stream.ts";

const most = 100;

export function ConflictLinks({ drive: name, count }: { readonly drive: string; readonly count: number }) {
  const drive = useDrive(name);
  const { value: conflicts = [] } = useCall(() => drive?.conflicts(most), [drive, count]);
  const settle = (conflict: Conflict, version: string | undefined): void => {
    drive?.resolve(conflict.object, version).catch((error: unknown) => tellFailure("The conflict goes on", error));
  };
  return (
    <ul className="conflicts">
      {conflicts.map((conflict) => (
        <li key={conflict.object}>
          {conflict.path === undefined ? (
            <>
              <span className="one-line">Removed on one device and edited on another</span>
              <Button size="compact-xs" variant="light" onClick={() => settle(conflict, conflict.versions[0]?.id)}>
                Bring it back
              </Button>
              <Button size="compact-xs" variant="default" onClick={() => settle(conflict, undefined)}>
                Leave it removed
              </Button>
            </>
          ) : (
            <a className="one-line" href={writeRoute({ page: "files", drive: name, path: conflict.path })}>
              {conflict.path}
            </a>
          )}
        </li>
      ))}
    </ul>
  );
}
