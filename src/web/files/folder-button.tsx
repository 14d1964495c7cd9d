// From something that is not there to the folder that it was in.

import { Button } from "@mantine/core";
import { IconFolderOpen } from "@tabler/icons-react";
import { writeRoute } from "../app/route.ts";
import { nameOf } from "./file-path.ts";

export function FolderButton({ driveName, folder }: { readonly driveName: string; readonly folder: string }) {
  return (
    <Button
      component="a"
      size="sm"
      variant="default"
      leftSection={<IconFolderOpen size={17} />}
      href={writeRoute({ page: "files", drive: driveName, path: folder })}
    >
      Open {folder === "" ? driveName : nameOf(folder)}
    </Button>
  );
}
