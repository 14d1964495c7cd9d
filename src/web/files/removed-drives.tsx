// Drives that were removed, below those that are there: each can be put back.

import { Button } from "@mantine/core";
import { IconRestore } from "@tabler/icons-react";
import type { DriveInfo } from "#interfaces/generated/drive.ts";
import { formatCount } from "../app/format.ts";
import { useConnection } from "../tab/tab-context.tsx";
import { useCall } from "../tab/use-stream.ts";
import { putBack } from "./drive-menu.tsx";

/** `drives` are those that are there: whenever they change, others may have been removed. */
export function RemovedDrives({ drives }: { readonly drives: readonly DriveInfo[] }) {
  const { node, may } = useConnection();
  const { value: removed = [], reload } = useCall(async () => {
    using all = node.drives();
    return await all.removed();
  }, [node, drives.map(({ id }) => id).join(" ")]);
  if (removed.length === 0) return null;
  const back = async (drive: DriveInfo): Promise<void> => {
    using all = node.drives();
    await putBack(all, drive);
    reload();
  };
  return (
    <details className="removed-drives">
      <summary>{formatCount(removed.length, "removed drive")}</summary>
      <ul className="trash">
        {removed.map((drive) => (
          <li key={drive.id} className="trash-row">
            <span className="file-words one-line">{drive.name}</span>
            {may("write") && (
              <Button
                variant="default"
                size="compact-sm"
                leftSection={<IconRestore size={16} />}
                aria-label={`Put back ${drive.name}`}
                onClick={() => void back(drive)}
              >
                Put back
              </Button>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}
