// The devices of the user: how they are connected now, who is one, and how to have one more or one less.

import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { FailureNotice } from "../app/failure-notice.tsx";
import { SchemeSwitch } from "../app/shell.tsx";
import { useConnection } from "../tab/tab-context.tsx";
import { DeviceGraph } from "./device-graph.tsx";
import { DeviceList } from "./device-list.tsx";
import { InviteDialog } from "./invite-dialog.tsx";
import { useLinks, useUser } from "./use-devices.ts";
import "./devices.css";
import { Loading } from "../app/loading.tsx";

export function DevicesPage() {
  const { may } = useConnection();
  const { value: user, error } = useUser();
  const { value: links, error: linksError } = useLinks();
  const [open, setOpen] = useState<string>();
  const [isInviting, setIsInviting] = useState(false);
  const failure = error ?? linksError;
  const toggle = (device: string): void => setOpen(open === device ? undefined : device);
  return (
    <div className="part">
      <header className="part-head">
        <h1 className="part-title">Devices</h1>
        <div className="part-actions">
          {(may("invite") || may("administer")) && (
            <Button leftSection={<IconPlus size={16} />} onClick={() => setIsInviting(true)}>
              Add a device
            </Button>
          )}
          <span className="phone-only">
            <SchemeSwitch />
          </span>
        </div>
      </header>
      <div className="part-body">
        {failure !== undefined && user === undefined && (
          <FailureNotice title="The devices cannot be listed" error={failure} />
        )}
        {(user === undefined || links === undefined) && failure === undefined && (
          <div className="files-wait">
            <Loading />
          </div>
        )}
        {user !== undefined && links !== undefined && (
          <>
            <section className="section">
              <DeviceGraph devices={user.devices} links={links} open={open} onOpen={toggle} />
            </section>
            <DeviceList devices={user.devices} links={links} open={open} onOpen={toggle} />
          </>
        )}
      </div>
      <InviteDialog opened={isInviting} onClose={() => setIsInviting(false)} devices={user?.devices ?? []} />
    </div>
  );
}
