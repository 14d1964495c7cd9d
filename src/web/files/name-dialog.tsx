// Asks for a name, and does something with it: what goes wrong is told in its place.

import { Button, Group, Modal, TextInput } from "@mantine/core";
import { type FormEvent, type RefObject, useEffect, useRef, useState } from "react";
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

export function NameDialog({ title, opened, onClose, ...form }: NameDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={title} centered returnFocus={false}>
      <NameForm onClose={onClose} {...form} />
    </Modal>
  );
}

/** It is there for as long as the dialog is open: each begins anew. */
function NameForm({ label, action, first = "", onClose, onName }: Omit<NameDialogProps, "title" | "opened">) {
  const [name, setName] = useState(first);
  const [fault, setFault] = useState<string>();
  const [isBusy, setIsBusy] = useState(false);
  const box = useRef<HTMLInputElement>(null);
  useTypingIn(box);
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
    <form onSubmit={(event) => void submit(event)}>
      <TextInput
        ref={box}
        label={label}
        value={name}
        error={fault}
        onChange={(event) => setName(event.currentTarget.value)}
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
  );
}

/**
 * What is typed after the key that opened the dialog goes into the box, however fast: it has the focus before the next key
 * comes. The dialog's own way to it is by a timer, so what had the focus before is to be given it back here, too.
 */
function useTypingIn(box: RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const before = document.activeElement;
    box.current?.focus({ preventScroll: true });
    if (box.current !== null) selectStem(box.current);
    return () => {
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, [box]);
}

/** Of `photo.jpg`, `photo`: that is what one wants to change. */
function selectStem(input: HTMLInputElement): void {
  const end = input.value.lastIndexOf(".");
  input.setSelectionRange(0, end > 0 ? end : input.value.length);
}
