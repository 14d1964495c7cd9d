// What is on its way, in a corner: how far, how fast, how long still, and what went wrong.

import { ActionIcon, Button, Progress, Tooltip } from "@mantine/core";
import { IconCheck, IconPlayerPause, IconPlayerPlay, IconRefresh, IconX } from "@tabler/icons-react";
import { useEffect, useSyncExternalStore } from "react";
import { cureOf } from "../app/failure-notice.tsx";
import { formatBytes, formatCount, formatDuration, formatRate } from "../app/format.ts";
import type { Uploads, UploadTask } from "./uploads.ts";
import "./upload-tray.css";

/** Of very many, those that matter. */
const mostShown = 30;

export function UploadTray({ uploads }: { readonly uploads: Uploads }) {
  const tasks = useSyncExternalStore(
    (changed) => uploads.watch(changed),
    () => uploads.tasks,
  );
  const open = tasks.filter(({ state }) => state !== "done");
  const isBusy = open.some(({ state }) => state === "sending" || state === "waiting");
  useEffect(() => {
    if (!isBusy) return undefined;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [isBusy]);
  if (tasks.length === 0) return null;
  const shown = [...tasks].sort((a, b) => rank(a) - rank(b)).slice(0, mostShown);
  return (
    <section className="tray" aria-label="Uploads">
      <header className="tray-head">
        <strong>{open.length === 0 ? `${formatCount(tasks.length, "file")} uploaded` : summary(open)}</strong>
        {open.length === 0 ? (
          <Button size="compact-xs" variant="subtle" onClick={() => uploads.clearDone()}>
            Close
          </Button>
        ) : (
          <>
            <span className="quiet numbers">{timeLeft(open)}</span>
            {open.length > 1 && (
              <Button size="compact-xs" variant="subtle" onClick={() => uploads.stopAll()}>
                Stop all
              </Button>
            )}
          </>
        )}
      </header>
      {open.length > 0 && tasks.length > 1 && (
        <Progress className="tray-whole" value={percentOf(tasks)} size="sm" aria-label="All uploads" />
      )}
      <ul className="tray-list">
        {shown.map((task) => (
          <Task key={task.id} task={task} uploads={uploads} />
        ))}
        {tasks.length > shown.length && <li className="tray-more quiet">and {tasks.length - shown.length} more</li>}
      </ul>
    </section>
  );
}

function Task({ task, uploads }: { readonly task: UploadTask; readonly uploads: Uploads }) {
  const { id, name, sizeBytes, sentBytes, state, error } = task;
  const percent = sizeBytes === 0 ? (state === "done" ? 100 : 0) : (100 * sentBytes) / sizeBytes;
  return (
    <li className="tray-task">
      <div className="tray-line">
        <span className="tray-name one-line" title={task.path}>
          {name}
        </span>
        {state === "done" ? (
          <IconCheck className="good" size={18} aria-label="Done" />
        ) : (
          <Actions task={task} uploads={uploads} />
        )}
        {state !== "done" && (
          <Tooltip label="Give it up">
            <ActionIcon
              size="sm"
              variant="subtle"
              color="gray"
              aria-label={`Give up ${name}`}
              onClick={() => uploads.remove(id)}
            >
              <IconX size={16} />
            </ActionIcon>
          </Tooltip>
        )}
      </div>
      {state !== "done" && <Progress value={percent} size="sm" aria-label={`Upload of ${name}`} />}
      <div className={`tray-state numbers ${state === "failed" ? "bad" : "quiet"}`}>
        {state === "failed" ? `${error?.message ?? "It failed."} ${(error && cureOf(error)) ?? ""}` : progress(task)}
      </div>
    </li>
  );
}

function Actions({ task, uploads }: { readonly task: UploadTask; readonly uploads: Uploads }) {
  const { id, name, state } = task;
  if (state === "sending" || state === "waiting") {
    return (
      <ActionIcon
        size="sm"
        variant="subtle"
        color="gray"
        aria-label={`Pause ${name}`}
        onClick={() => uploads.pause(id)}
      >
        <IconPlayerPause size={16} />
      </ActionIcon>
    );
  }
  const [verb, Icon] =
    state === "failed" ? (["Try again", IconRefresh] as const) : (["Go on", IconPlayerPlay] as const);
  return (
    <ActionIcon
      size="sm"
      variant="subtle"
      color="gray"
      aria-label={`${verb} with ${name}`}
      onClick={() => uploads.resume(id)}
    >
      <Icon size={16} />
    </ActionIcon>
  );
}

function progress({ state, sentBytes, keptBytes, sizeBytes, bytesPerSecond }: UploadTask): string {
  const kept = keptBytes > 0 ? `, of which ${formatBytes(keptBytes)} were there already` : "";
  if (state === "done") return formatBytes(sizeBytes) + kept;
  const done = `${formatBytes(sentBytes)} of ${formatBytes(sizeBytes)}${kept}`;
  if (state === "paused") return `${done}, paused`;
  if (state === "waiting") return sentBytes > 0 ? `${done}, waiting` : "Waiting";
  return bytesPerSecond > 0 ? `${done}, ${formatRate(bytesPerSecond)}` : done;
}

function summary(open: readonly UploadTask[]): string {
  return `Uploading ${formatCount(open.length, "file")}`;
}

/** A file without bytes counts as one of them. */
function percentOf(tasks: readonly UploadTask[]): number {
  let [sent, whole] = [0, 0];
  for (const { sizeBytes, sentBytes, state } of tasks) {
    whole += Math.max(1, sizeBytes);
    sent += state === "done" ? Math.max(1, sizeBytes) : sentBytes;
  }
  return (100 * sent) / whole;
}

function timeLeft(open: readonly UploadTask[]): string {
  let leftBytes = 0;
  let rate = 0;
  for (const { sizeBytes, sentBytes, bytesPerSecond, state } of open) {
    if (state === "paused" || state === "failed") continue;
    leftBytes += sizeBytes - sentBytes;
    rate += bytesPerSecond;
  }
  return rate > 0 && leftBytes > 0 ? `${formatDuration(leftBytes / rate)} left` : "";
}

/** What goes on first, then what has failed, what waits, and what is done. */
function rank({ state }: UploadTask): number {
  return ["sending", "failed", "paused", "waiting", "done"].indexOf(state);
}
