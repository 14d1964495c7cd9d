// An error as a person wants it: what happened, and what to do next.

import { Alert, Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { type ErrorKind, GlowError } from "#base/errors.ts";

const cures: Partial<Record<ErrorKind, string>> = {
  denied: "Ask whoever manages this Glow for a link that allows it.",
  exhausted: "Wait a moment, then try again.",
  disconnected: "The node cannot be reached just now; this goes on by itself when it is back.",
  unavailable: "Try again when the device that has it can be reached.",
  "not-found": "It may have been moved or removed by another device.",
  "already-exists": "Choose another name.",
  conflict: "Somebody else changed it meanwhile: look at it again.",
  deadline: "It took too long. Try again.",
  unsupported: "This page may be of another version than Glow: reload it.",
};

export function failureOf(error: unknown): GlowError {
  return GlowError.from(error, "page");
}

export function cureOf(error: GlowError): string | undefined {
  return cures[error.kind];
}

export function FailureNotice({
  title,
  error,
  retry,
  other,
}: {
  readonly title: string;
  readonly error: GlowError;
  readonly retry?: (() => void) | undefined;
  /** Buttons: what else one may do. */
  readonly other?: ReactNode;
}) {
  const cure = cureOf(error);
  return (
    <Alert
      className="failure-notice"
      color="red"
      variant="light"
      icon={<IconAlertTriangle />}
      title={title}
      role="alert"
    >
      <Text size="sm">{sentence(error.message)}</Text>
      {cure !== undefined && (
        <Text size="sm" className="quiet">
          {cure}
        </Text>
      )}
      {(retry !== undefined || other !== undefined) && (
        <Group mt="sm" gap="sm">
          {retry !== undefined && (
            <Button size="sm" variant="default" onClick={retry}>
              Try again
            </Button>
          )}
          {other}
        </Group>
      )}
    </Alert>
  );
}

/** Something that was asked for did not go: told beside the work, which goes on. */
export function tellFailure(title: string, error: unknown): void {
  const failure = failureOf(error);
  const cure = cureOf(failure);
  const message = [sentence(failure.message), cure].filter((each) => each !== undefined).join(" ");
  notifications.show({ title, message, color: "red", icon: <IconAlertTriangle size={18} />, autoClose: 10_000 });
}

function sentence(text: string): string {
  const first = `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
  return /[.!?]$/.test(first) ? first : `${first}.`;
}
