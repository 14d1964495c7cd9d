// What the node says of its work, as it says it.

import { SegmentedControl } from "@mantine/core";
import { useLayoutEffect, useMemo, useRef, useState } from "react";
import { withNames } from "#base/named-ids.ts";
import type { LogLevel } from "#interfaces/generated/log.ts";
import { FailureNotice } from "../app/failure-notice.tsx";
import { formatClock, formatExactTime } from "../app/format.ts";
import { useUser } from "../devices/use-devices.ts";
import { useDrives } from "../files/use-drives.ts";
import { type NumberedLine, useLog } from "./use-activity.ts";

export function LogView() {
  const [level, setLevel] = useState<LogLevel>("info");
  const { value: lines, error } = useLog(level);
  const names = useNames();
  const place = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  useLayoutEffect(() => {
    const element = place.current;
    if (element !== null && isAtEnd.current) element.scrollTop = element.scrollHeight;
  }, [lines]);
  return (
    <section className="section">
      <div className="section-title log-title">
        <h2 className="log-word">Log</h2>
        <SegmentedControl
          size="xs"
          value={level}
          onChange={(value) => setLevel(value)}
          data={[
            { value: "error", label: "Errors" },
            { value: "warning", label: "Warnings" },
            { value: "info", label: "All" },
            { value: "debug", label: "Details" },
          ]}
          aria-label="How much of the log"
        />
      </div>
      {error !== undefined && lines === undefined && <FailureNotice title="The log cannot be read" error={error} />}
      <div
        className="card log"
        ref={place}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reached by keys
        tabIndex={0}
        role="log"
        aria-label="Log of the node"
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          isAtEnd.current = scrollTop + clientHeight > scrollHeight - 24;
        }}
      >
        {lines?.length === 0 && <p className="quiet log-none">Nothing of this kind so far.</p>}
        {lines?.map((line) => (
          <Line key={line.number} line={line} names={names} />
        ))}
      </div>
    </section>
  );
}

/** What devices and drives are called, by their ids. */
function useNames(): ReadonlyMap<string, string> {
  const { value: user } = useUser();
  const { value: drives } = useDrives();
  return useMemo(() => {
    const devices = (user?.devices ?? []).flatMap(({ id, node, name }) => [
      [id, name] as const,
      ...(node === undefined ? [] : [[node, name] as const]),
    ]);
    return new Map([...devices, ...(drives ?? []).map(({ id, name }) => [id, name] as const)]);
  }, [user, drives]);
}

interface LineProps {
  readonly line: NumberedLine;
  readonly names: ReadonlyMap<string, string>;
}

function Line({ line: { at, level, source, text, fields, missed }, names }: LineProps) {
  const details = [...fields].map(([name, value]) => `${name}=${withNames(value, names)}`).join("  ");
  return (
    <>
      {missed !== undefined && missed > 0 && <p className="quiet log-none">{missed} lines were left out</p>}
      <div className={`log-line log-${level}`}>
        <time className="quiet numbers" dateTime={at.toISOString()} title={formatExactTime(at)}>
          {formatClock(at)}
        </time>
        <span className="log-level">{level}</span>
        <span className="log-source quiet">{source}</span>
        <span className="log-text">
          {withNames(text, names)} {details !== "" && <span className="quiet">{details}</span>}
        </span>
      </div>
    </>
  );
}
