// Asks for a name, and does something with it: what goes wrong is told in its place.

import { Button, Group, Modal, TextInput } from "@mantine/core";
import { type FormEvent, useEffect, useState } from "react";
import { failureOf } from "../app/failure-notice.tsx";
import { nameFault } from "./file-path.ts";

export interface NameDialogProps {
  readonly title: string;
  readonly label: string;
  readonly action: string;
  readonly opened: boolean;
  readonly first?: string;
  readonly onClose: () => void;
  readonly onName: (name: string) => Promise<unknown>;
}

export function NameDialog({ title, label, action, opened, first = "", onClose, onName }: NameDialogProps) {
  const [name, setName] = useState(first);
  const [fault, setFault] = useState<string>();
  const [isBusy, setIsBusy] = useState(false);
  useEffect(() => {
    if (!opened) return;
    setName(first);
    setFault(undefined);
  }, [opened, first]);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const wrong = nameFault(name);
    setFault(wrong);
    if (wrong !== undefined) return;
    if (name === first) return onClose();
    setIsBusy(true);
    try {
      await onName(name);
      onClose();
    } catch (error) {
      setFault(failureOf(error).message);
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <Modal opened={opened} onClose={onClose} title={title} centered>
      <form onSubmit={(event) => void submit(event)}>
        <TextInput
          label={label}
          value={name}
          error={fault}
          onChange={(event) => setName(event.currentTarget.value)}
          onFocus={(event) => selectStem(event.currentTarget)}
          autoComplete="off"
          spellCheck={false}
          data-autofocus
        />
        <Group justify="flex-end" mt="lg" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={isBusy}>
            {action}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}

/** Of `photo.jpg`, `photo`: that is what one wants to change. */
function selectStem(input: HTMLInputElement): void {
  const end = input.value.lastIndexOf(".");
  input.setSelectionRange(0, end > 0 ? end : input.value.length);
}
