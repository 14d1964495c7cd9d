// One more device: a code for a machine that runs Glow, or a link for a browser. Both work once, and this dialog says when
// somebody has come.

import { Button, CopyButton, Modal, SegmentedControl, Text } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import type { Device } from "#interfaces/generated/user.ts";
import { FailureNotice, failureOf } from "../app/failure-notice.tsx";
import { useConnection } from "../tab/tab-context.tsx";
import { useCall } from "../tab/use-stream.ts";
import { QrCode } from "./qr-code.tsx";

interface InviteDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly devices: readonly Device[];
}

type Kind = "device" | "tab";

export function InviteDialog({ opened, onClose, devices }: InviteDialogProps) {
  const { may } = useConnection();
  const [kind, setKind] = useState<Kind>("device");
  return (
    <Modal opened={opened} onClose={onClose} title="Add a device" centered size="md">
      {opened && (
        <div className="invite">
          <SegmentedControl
            fullWidth
            value={kind}
            onChange={(value) => setKind(value)}
            data={[
              { value: "device", label: "A machine", disabled: !may("administer") },
              { value: "tab", label: "A browser" },
            ]}
            aria-label="What is to be added"
          />
          <Invitation key={kind} kind={kind} devices={devices} />
        </div>
      )}
    </Modal>
  );
}

const lifetimeSeconds = 3600;
const dayLifetimeSeconds = 30 * 86_400;

function Invitation({ kind, devices }: { readonly kind: Kind; readonly devices: readonly Device[] }) {
  const { node, pages, info } = useConnection();
  const { value, error, reload } = useCall(async () => {
    if (kind === "tab") {
      const link = await pages?.link(info.rights, dayLifetimeSeconds);
      return link && { text: link.url, shown: link.url };
    }
    using user = node.user();
    const { code } = await user.invite("device", lifetimeSeconds);
    return { text: code, shown: `glow join ${code}` };
  }, [node, pages, kind]);
  const known = useRef(new Set(devices.map(({ id }) => id)));
  const [newcomer, setNewcomer] = useState<Device>();
  useEffect(() => {
    const found = devices.find(({ id }) => !known.current.has(id));
    if (found !== undefined) setNewcomer(found);
  }, [devices]);
  if (error !== undefined)
    return <FailureNotice title="No invitation can be made" error={failureOf(error)} retry={reload} />;
  if (newcomer !== undefined) {
    return (
      <div className="invite-done" role="status">
        <IconCheck className="good" size={40} aria-hidden />
        <strong>{newcomer.name} has joined</strong>
        <Text size="sm" className="quiet">
          It gets the drives by itself.
        </Text>
        <Button
          variant="light"
          onClick={() => {
            known.current = new Set(devices.map(({ id }) => id));
            setNewcomer(undefined);
            reload();
          }}
        >
          Add another
        </Button>
      </div>
    );
  }
  return (
    <>
      <div className="qr-place">
        {/* A code in capitals makes a smaller picture. */}
        {value !== undefined && (
          <QrCode text={kind === "tab" ? value.text : value.text.toUpperCase()} label="The invitation as a QR code" />
        )}
      </div>
      {kind === "device" ? (
        <ol className="invite-steps">
          <li>
            Put Glow on the other machine: copy the folder it is in, or the package that <code>npm pack</code> makes
            there, and install that with <code>npm install --global</code>.
          </li>
          <li>Type this there, or scan the code. It works once, within an hour.</li>
        </ol>
      ) : (
        <Text size="sm" className="quiet">
          Open this link in another browser or window of this machine. It works once, and lets that browser in for 30
          days.
        </Text>
      )}
      <div className="invite-code">
        <code>{value?.shown ?? ""}</code>
      </div>
      <CopyButton value={value?.shown ?? ""}>
        {({ copied, copy }) => (
          <Button
            fullWidth
            disabled={value === undefined}
            onClick={copy}
            leftSection={copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
          >
            {copied ? "Copied" : kind === "device" ? "Copy the command" : "Copy the link"}
          </Button>
        )}
      </CopyButton>
    </>
  );
}
