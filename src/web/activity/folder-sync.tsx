// A folder of the machine that is bound to a drive: what goes which way, how fast, and what does not go.

import { Button, Progress } from "@mantine/core";
import { IconArrowNarrowLeft, IconArrowNarrowRight, IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import type { Flow, FolderInfo } from "#interfaces/generated/folders.ts";
import { tellFailure } from "../app/failure-notice.tsx";
import { formatBytes, formatCount, formatDuration, formatRate } from "../app/format.ts";
import { useConnection } from "../tab/tab-context.tsx";
import { Problem } from "./drive-sync.tsx";
import { useRate } from "./use-activity.ts";

const stateNames: Readonly<Record<string, string>> = {
  starting: "Waiting for the drive",
  scanning: "Looking through it",
  working: "Working",
  idle: "Up to date",
  held: "Needs you",
  paused: "Paused",
  leaving: "Being unbound: copies what only it has",
  stopped: "Stopped",
};

export function FolderSync({ folder }: { readonly folder: FolderInfo }) {
  const { node } = useConnection();
  const { number, path, driveName, drivePath, state, error, problems, furtherProblems, current } = folder;
  const ask = (verb: "pause" | "resume" | "confirmEmpty" | "rebind"): void => {
    const folders = node.folders();
    folders[verb](String(number))
      .catch((failure: unknown) => tellFailure(`${path} stays as it was`, failure))
      .finally(() => folders[Symbol.dispose]());
  };
  const isLeaving = state === "leaving";
  const isBusy = state === "working" || state === "scanning" || isLeaving;
  return (
    <li className="sync">
      <div className="sync-line">
        <span className="sync-name one-line" title={path}>
          {path}
        </span>
        <span className="quiet one-line">
          {driveName}
          {drivePath === undefined || drivePath === "" ? "" : ` / ${drivePath}`}
        </span>
        <span className={`sync-state ${state === "held" || state === "stopped" ? "warn" : "quiet"}`}>
          {stateNames[state] ?? state}
        </span>
        {isLeaving ? null : state === "paused" ? (
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconPlayerPlay size={14} />}
            onClick={() => ask("resume")}
          >
            Go on
          </Button>
        ) : (
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconPlayerPause size={14} />}
            onClick={() => ask("pause")}
          >
            Pause
          </Button>
        )}
      </div>
      {isBusy && current !== undefined && <p className="sync-current quiet one-line">{current}</p>}
      <FlowLine flow={folder.intoDrive} to="drive" />
      <FlowLine flow={folder.intoFolder} to="folder" />
      {error !== undefined && <Problem problem={error} />}
      {problems.map((each) => (
        <Problem key={each.path} path={each.path} problem={each.problem} />
      ))}
      {furtherProblems > 0 && <p className="quiet">and {formatCount(furtherProblems, "more problem")}</p>}
    </li>
  );
}

function FlowLine({ flow, to }: { readonly flow: Flow; readonly to: "drive" | "folder" }) {
  const { waitingFiles, waitingBytes, doneBytes } = flow;
  const rate = useRate(doneBytes);
  if (waitingFiles === 0 && waitingBytes === 0) return null;
  const Arrow = to === "drive" ? IconArrowNarrowRight : IconArrowNarrowLeft;
  const whole = doneBytes + waitingBytes;
  return (
    <div className="flow numbers">
      <span className="mark">
        <Arrow size={16} aria-hidden />
        {to === "drive" ? "Into the drive" : "Into the folder"}: {formatCount(waitingFiles, "file")},{" "}
        {formatBytes(waitingBytes)}
        {rate > 0 && `, ${formatRate(rate)}, ${formatDuration(waitingBytes / rate)} left`}
      </span>
      <Progress
        size="sm"
        value={whole === 0 ? 0 : (100 * doneBytes) / whole}
        aria-label={to === "drive" ? "Into the drive" : "Into the folder"}
      />
    </div>
  );
}
