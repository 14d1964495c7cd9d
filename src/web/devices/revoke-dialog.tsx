// Putting a device out cannot be undone, so it is asked for twice.

import { Button, Group, Modal, Text } from "@mantine/core";
import { useState } from "react";
import type { Device } from "#interfaces/generated/user.ts";
import { failureOf } from "../app/failure-notice.tsx";
import { useConnection } from "../tab/tab-context.tsx";

export function RevokeDialog({
  device,
  onClose,
}: {
  readonly device: Device | undefined;
  readonly onClose: () => void;
}) {
  const { node } = useConnection();
  const [fault, setFault] = useState<string>();
  const [isBusy, setIsBusy] = useState(false);
  const close = (): void => {
    setFault(undefined);
    onClose();
  };
  const revoke = async (): Promise<void> => {
    if (device === undefined) return;
    setIsBusy(true);
    try {
      using user = node.user();
      await user.revoke(device.id);
      close();
    } catch (error) {
      setFault(failureOf(error).message);
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <Modal opened={device !== undefined} onClose={close} title={`Put ${device?.name ?? ""} out?`} centered>
      <Text size="sm">
        It loses all access at once, for good. What it wrote so far stays. To come back, it has to join again, as a new
        device. This does not erase what is on its disk.
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
        <Button color="red.8" autoContrast={false} loading={isBusy} onClick={() => void revoke()}>
          Put it out
        </Button>
      </Group>
    </Modal>
  );
}
