// The drives of the user, and how each is doing.

import { Badge, Button } from "@mantine/core";
import {
  IconCloudCheck,
  IconCloudUp,
  IconDeviceDesktop as IconDevice,
  IconDatabase,
  IconDownload,
  IconFileText,
  IconGitFork,
  IconLock,
  IconPlus,
} from "@tabler/icons-react";
import { useState } from "react";
import type { DriveInfo } from "#interfaces/generated/drive.ts";
import { Empty } from "../app/empty.tsx";
import { FailureNotice } from "../app/failure-notice.tsx";
import { formatBytes, formatCount } from "../app/format.ts";
import { go, writeRoute } from "../app/route.ts";
import { SchemeSwitch } from "../app/shell.tsx";
import { useConnection } from "../tab/tab-context.tsx";
import { BrokenUploads } from "./broken-uploads.tsx";
import { DriveMenu } from "./drive-menu.tsx";
import { NameDialog } from "./name-dialog.tsx";
import { RemovedDrives } from "./removed-drives.tsx";
import { useDrives } from "./use-drives.ts";
import "./drives.css";
import { Loading } from "../app/loading.tsx";

export function DriveList() {
  const { node, may, isGuest } = useConnection();
  const { value: drives, error } = useDrives();
  const [isMaking, setIsMaking] = useState(false);
  const make = async (name: string): Promise<void> => {
    using all = node.drives();
    const { name: shown } = await all.create(name);
    go({ page: "files", drive: shown, path: "" });
  };
  const button = may("write") && !isGuest && (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setIsMaking(true)}>
      New drive
    </Button>
  );
  return (
    <div className="part">
      <header className="part-head">
        <h1 className="part-title">Files</h1>
        <div className="part-actions">
          {drives?.length !== 0 && button}
          <span className="phone-only">
            <SchemeSwitch />
          </span>
        </div>
      </header>
      <BrokenUploads />
      <div className="part-body">
        {error !== undefined && drives === undefined && (
          <FailureNotice title="The drives cannot be listed" error={error} />
        )}
        {drives === undefined && error === undefined && (
          <div className="files-wait">
            <Loading />
          </div>
        )}
        {drives?.length === 0 && (
          <Empty icon={<IconDatabase size={32} />} title="No drives yet" action={button}>
            A drive holds files that are the same on all your devices. Make one, then add files to it.
          </Empty>
        )}
        <ul className="drives">
          {drives?.map((drive) => (
            <DriveCard key={drive.id} drive={drive} />
          ))}
        </ul>
        {drives !== undefined && <RemovedDrives drives={drives} />}
      </div>
      <NameDialog
        title="New drive"
        label="Name"
        action="Create"
        opened={isMaking}
        onClose={() => setIsMaking(false)}
        onName={make}
      />
    </div>
  );
}

function DriveCard({ drive }: { readonly drive: DriveInfo }) {
  const { id, name, readable } = drive;
  if (!readable) {
    return (
      <li className="card drive-card">
        <span className="drive-icon" aria-hidden>
          <IconLock size={24} stroke={1.6} />
        </span>
        <span className="drive-words">
          <strong>Kept for others</strong>
          <span className="quiet one-line">{id.slice(0, 12)}: this device cannot read it</span>
        </span>
      </li>
    );
  }
  return (
    <li className="card drive-card">
      <span className="drive-icon" aria-hidden>
        <IconDatabase size={24} stroke={1.6} />
      </span>
      <span className="drive-words">
        <a className="drive-link" title={name} href={writeRoute({ page: "files", drive: name, path: "" })}>
          {name}
        </a>
        <DriveState drive={drive} />
      </span>
      <DriveMenu drive={drive} />
    </li>
  );
}

/** Who has no other device to copy to need not be warned of it each time. */
export function NotElsewhere({ isAlone }: { readonly isAlone: boolean }) {
  return (
    <span className={isAlone ? "mark quiet" : "mark warn"}>
      {isAlone ? <IconDevice size={15} aria-hidden /> : <IconCloudUp size={15} aria-hidden />}
      {isAlone ? "On this device alone" : "Not yet on another device"}
    </span>
  );
}

/** One line: what matters most about it. */
export function DriveState({ drive }: { readonly drive: DriveInfo }) {
  const { elsewhere, missingBytes, conflicts, peers, problem, content } = drive;
  return (
    <span className="drive-state">
      {problem !== undefined && (
        <Badge color="red" variant="light">
          {problem.message}
        </Badge>
      )}
      {conflicts > 0 && (
        <span className="mark warn">
          <IconGitFork size={15} aria-hidden /> {formatCount(conflicts, "conflict")}
        </span>
      )}
      {content === "names" && (
        <span className="mark quiet">
          <IconFileText size={15} aria-hidden /> Names only
          {missingBytes > 0 && `, ${formatBytes(missingBytes)} not here`}
        </span>
      )}
      {content !== "names" && missingBytes > 0 && (
        <span className="mark quiet">
          <IconDownload size={15} aria-hidden /> {formatBytes(missingBytes)} to fetch
        </span>
      )}
      {elsewhere && peers.length > 0 && (
        <span className="mark quiet">
          <IconCloudCheck size={15} aria-hidden /> On {formatCount(peers.length, "other device")}
        </span>
      )}
      {!elsewhere && <NotElsewhere isAlone={peers.length === 0} />}
    </span>
  );
}
