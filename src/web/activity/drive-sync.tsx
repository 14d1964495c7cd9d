// A drive on its way: what this node still has to fetch, who holds it, and what is wrong.

import { IconAlertTriangle, IconCloudCheck, IconDownload, IconGitFork } from "@tabler/icons-react";
import type { DriveInfo, Failure } from "#interfaces/generated/drive.ts";
import { formatBytes, formatCount, formatDuration, formatRate } from "../app/format.ts";
import { writeRoute } from "../app/route.ts";
import { NotElsewhere } from "../files/drive-list.tsx";
import { ConflictLinks } from "./conflict-links.tsx";
import { useRate } from "./use-activity.ts";

export function DriveSync({ drive }: { readonly drive: DriveInfo }) {
  const { name, id, readable, missingBytes, unavailableBytes, elsewhere, conflicts, peers, problem, content } = drive;
  // What is missing shrinks as fast as it comes.
  const rate = useRate(-missingBytes);
  const problems = [problem, ...peers.map((peer) => peer.problem)].filter((each) => each !== undefined);
  return (
    <li className="sync">
      <div className="sync-line">
        {readable ? (
          <a className="sync-name one-line" href={writeRoute({ page: "files", drive: name, path: "" })}>
            {name}
          </a>
        ) : (
          <span className="sync-name one-line">Kept for others, {id.slice(0, 12)}</span>
        )}
        <span className="sync-state numbers">
          {content === "names" && <span className="quiet">Names only: what is opened is fetched</span>}
          {content !== "names" && missingBytes > 0 && (
            <span className="mark">
              <IconDownload size={16} aria-hidden />
              {formatBytes(missingBytes)} to fetch
              {rate > 0 && `, ${formatRate(rate)}, ${formatDuration(missingBytes / rate)} left`}
            </span>
          )}
          {unavailableBytes > 0 && (
            <span className="mark warn">
              <IconAlertTriangle size={16} aria-hidden />
              {formatBytes(unavailableBytes)} that nobody in reach has
            </span>
          )}
          {conflicts > 0 && (
            <span className="mark warn">
              <IconGitFork size={16} aria-hidden />
              {formatCount(conflicts, "conflict")}
            </span>
          )}
          {elsewhere ? (
            <span className="mark quiet">
              <IconCloudCheck size={16} aria-hidden /> All is on another device too
            </span>
          ) : (
            <NotElsewhere isAlone={peers.length === 0} />
          )}
        </span>
      </div>
      {peers.length > 0 && (
        <ul className="peers">
          {peers.map(({ device, name: peer, connected, complete }) => (
            <li key={device} className="peer" data-connected={connected}>
              {peer}
              <span className="quiet">{complete ? "has it all" : connected ? "has a part" : "away"}</span>
            </li>
          ))}
        </ul>
      )}
      {problems.map((each) => (
        <Problem key={`${each.kind} ${each.target ?? ""} ${each.message}`} problem={each} />
      ))}
      {readable && conflicts > 0 && <ConflictLinks drive={name} count={conflicts} />}
    </li>
  );
}

export function Problem({ problem, path }: { readonly problem: Failure; readonly path?: string }) {
  return (
    <p className="problem">
      <IconAlertTriangle className="warn" size={16} aria-hidden />
      <span>
        {path !== undefined && <strong>{path}: </strong>}
        {problem.message}
        {problem.cure !== undefined && <span className="quiet"> {problem.cure}</span>}
      </span>
    </p>
  );
}
