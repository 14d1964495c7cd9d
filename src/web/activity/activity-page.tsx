// What the node is at: what is the same everywhere and what is on its way, what does not go and what to do about it, and what
// it says of its work.

import { IconActivity, IconCircleCheck } from "@tabler/icons-react";
import { Empty } from "../app/empty.tsx";
import { SchemeSwitch } from "../app/shell.tsx";
import { useDrives } from "../files/use-drives.ts";
import { useConnection } from "../tab/tab-context.tsx";
import { DriveSync } from "./drive-sync.tsx";
import { FolderSync } from "./folder-sync.tsx";
import { LogView } from "./log-view.tsx";
import { useFolders } from "./use-activity.ts";
import "./activity.css";

export function ActivityPage() {
  const { may } = useConnection();
  const { value: drives } = useDrives();
  const { value: folders } = useFolders();
  const isQuiet =
    drives?.every(({ missingBytes, conflicts, problem, elsewhere, peers, content }) => {
      const isHere = missingBytes === 0 || content === "names";
      return isHere && conflicts === 0 && problem === undefined && (elsewhere || peers.length === 0);
    }) === true && (folders ?? []).every(({ state, problems }) => state === "idle" && problems.length === 0);
  return (
    <div className="part">
      <header className="part-head">
        <h1 className="part-title">Activity</h1>
        {isQuiet && (
          <span className="mark good">
            <IconCircleCheck size={17} aria-hidden /> Everything is up to date
          </span>
        )}
        <span className="phone-only">
          <SchemeSwitch />
        </span>
      </header>
      <div className="part-body">
        {drives !== undefined && drives.length > 0 && (
          <section className="section">
            <h2 className="section-title">Drives</h2>
            <ul className="card syncs">
              {drives.map((drive) => (
                <DriveSync key={drive.id} drive={drive} />
              ))}
            </ul>
          </section>
        )}
        {folders !== undefined && folders.length > 0 && (
          <section className="section">
            <h2 className="section-title">Folders of this machine</h2>
            <ul className="card syncs">
              {folders.map((folder) => (
                <FolderSync key={folder.number} folder={folder} />
              ))}
            </ul>
          </section>
        )}
        {drives?.length === 0 && (
          <Empty icon={<IconActivity size={32} />} title="Nothing to do yet">
            When there are drives, what is on its way between your devices shows here.
          </Empty>
        )}
        {may("administer") && <LogView />}
      </div>
    </div>
  );
}
