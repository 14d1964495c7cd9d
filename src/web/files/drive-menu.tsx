// What one can do with a whole drive, behind a button of its card: another name, what is kept of it here, putting it away.

import { ActionIcon, Button, Group, Menu, Modal, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDots, IconDownload, IconFileText, IconPencil, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import type { DriveInfo, DrivesStub, HeldContent } from "#interfaces/generated/drive.ts";
import { failureOf, tellFailure } from "../app/failure-notice.tsx";
import { formatCount } from "../app/format.ts";
import { useConnection } from "../tab/tab-context.tsx";
import { NameDialog } from "./name-dialog.tsx";

export function DriveMenu({ drive }: { readonly drive: DriveInfo }) {
  const { node, may, isGuest } = useConnection();
  const [dialog, setDialog] = useState<"rename" | "remove">();
  const { id, name, content } = drive;
  // A guest changes what is in folders, and no drives.
  if (!may("write") || isGuest) return null;
  const close = (): void => setDialog(undefined);
  const rename = async (next: string): Promise<void> => {
    using drives = node.drives();
    await drives.rename(id, next);
  };
  const hold = async (next: HeldContent): Promise<void> => {
    try {
      using drives = node.drives();
      await drives.hold(id, next);
    } catch (error) {
      tellFailure(`What is kept of ${name} stays as it was`, error);
    }
  };
  return (
    <div className="drive-menu">
      <Menu position="bottom-end" width={250}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Actions for ${name}`}>
            <IconDots size={20} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPencil size={16} />} onClick={() => setDialog("rename")}>
            Rename
          </Menu.Item>
          {may("administer") && content === "all" && (
            <Menu.Item leftSection={<IconFileText size={16} />} onClick={() => void hold("names")}>
              Fetch only what is opened
            </Menu.Item>
          )}
          {may("administer") && content === "names" && (
            <Menu.Item leftSection={<IconDownload size={16} />} onClick={() => void hold("all")}>
              Keep all of it here
            </Menu.Item>
          )}
          <Menu.Divider />
          <Menu.Item className="danger" leftSection={<IconTrash size={16} />} onClick={() => setDialog("remove")}>
            Remove
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <NameDialog
        title="Rename the drive"
        label="New name"
        action="Rename"
        opened={dialog === "rename"}
        first={name}
        onClose={close}
        onName={rename}
      />
      <RemoveDialog drive={drive} opened={dialog === "remove"} onClose={close} />
    </div>
  );
}

function RemoveDialog({
  drive,
  opened,
  onClose,
}: {
  readonly drive: DriveInfo;
  readonly opened: boolean;
  readonly onClose: () => void;
}) {
  const { node } = useConnection();
  const [fault, setFault] = useState<string>();
  const [isBusy, setIsBusy] = useState(false);
  const { id, name, peers } = drive;
  const close = (): void => {
    setFault(undefined);
    onClose();
  };
  const remove = async (): Promise<void> => {
    setIsBusy(true);
    try {
      using drives = node.drives();
      await drives.remove(id);
      close();
      notifications.show({ message: `${name} was removed. It can be put back below the drives.`, color: "gray" });
    } catch (error) {
      setFault(failureOf(error).message);
    } finally {
      setIsBusy(false);
    }
  };
  const where = peers.length === 0 ? "" : ` here and on ${formatCount(peers.length, "other device")}`;
  return (
    <Modal opened={opened} onClose={close} title={`Remove ${name}?`} centered>
      <Text size="sm">
        It goes from the list of drives{where}. Nothing in it is deleted: its content stays where it is, folders that
        other devices have bound to it go on, and it can be put back at any time.
      </Text>
      {fault !== undefined && (
        <Text size="sm" className="bad" mt="sm" role="alert">
          {fault}
        </Text>
      )}
      <Group justify="flex-end" mt="lg" gap="sm">
        <Button variant="default" onClick={close} data-autofocus>
          Cancel
        </Button>
        <Button color="red.8" autoContrast={false} loading={isBusy} onClick={() => void remove()}>
          Remove
        </Button>
      </Group>
    </Modal>
  );
}

/** Puts one back that was removed. */
export async function putBack(drives: DrivesStub, { id, name }: DriveInfo): Promise<void> {
  try {
    await drives.bringBack(id);
  } catch (error) {
    tellFailure(`${name} cannot be put back`, error);
  }
}
