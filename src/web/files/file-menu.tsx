// What one can do with one file, behind a button in its row.

import { ActionIcon, Menu } from "@mantine/core";
import { IconDots, IconDownload, IconFolderSymlink, IconPencil, IconTrash } from "@tabler/icons-react";
import type { FileEntry } from "#interfaces/generated/drive.ts";
import { useFileActions } from "./file-actions.tsx";

export function FileMenu({ entry }: { readonly entry: FileEntry }) {
  const { mayWrite, rename, move, remove, save } = useFileActions();
  return (
    <Menu position="bottom-end" width={180}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${entry.name}`}>
          <IconDots size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {entry.kind === "file" && (
          <Menu.Item leftSection={<IconDownload size={16} />} onClick={() => save(entry)}>
            Download
          </Menu.Item>
        )}
        {mayWrite && (
          <>
            <Menu.Item leftSection={<IconPencil size={16} />} onClick={() => rename(entry)}>
              Rename
            </Menu.Item>
            <Menu.Item leftSection={<IconFolderSymlink size={16} />} onClick={() => move([entry])}>
              Move to
            </Menu.Item>
            <Menu.Divider />
            <Menu.Item className="danger" leftSection={<IconTrash size={16} />} onClick={() => remove([entry])}>
              Delete
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
