// A folder as a list: a row for each, made only where it is in sight.

import { Checkbox } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconGitFork } from "@tabler/icons-react";
import type { FileEntry } from "#interfaces/generated/drive.ts";
import { dateOfNs, formatBytes, formatExactTime, formatTime } from "../app/format.ts";
import { writeRoute } from "../app/route.ts";
import { useNow } from "../app/use-now.ts";
import { FileIcon } from "./file-icon.tsx";
import { FileMenu } from "./file-menu.tsx";
import { childPath } from "./file-path.ts";
import type { SortKey, Sorting } from "./sorting.ts";
import { useRowKeys } from "./use-row-keys.ts";
import { useWindow } from "./use-window.ts";

export interface FileListProps {
  readonly entries: readonly FileEntry[];
  readonly driveName: string;
  readonly folder: string;
  readonly chosen: ReadonlySet<string>;
  readonly sorting: Sorting;
  readonly onSort: (sorting: Sorting) => void;
  readonly onChoose: (object: string, isOn: boolean) => void;
  readonly onChooseAll: (isOn: boolean) => void;
}

const rowPx = 48;

export function FileTable(props: FileListProps) {
  const { entries, chosen, sorting, onSort, onChoose, onChooseAll } = props;
  const rows = useWindow(entries.length, rowPx);
  const { current, setCurrent, onKeyDown } = useRowKeys({ entries, columns: 1, window: rows, chosen, onChoose });
  const now = useNow();
  const shown = entries.slice(rows.first, rows.end);
  return (
    <div
      className="table"
      role="grid"
      aria-label="Files"
      aria-rowcount={entries.length + 1}
      aria-multiselectable
      tabIndex={-1}
      onKeyDown={onKeyDown}
    >
      <div className="table-head" role="row" aria-rowindex={1}>
        <span role="columnheader" className="cell-check">
          <Checkbox
            size="xs"
            aria-label="Choose all"
            checked={chosen.size > 0 && chosen.size === entries.length}
            indeterminate={chosen.size > 0 && chosen.size < entries.length}
            onChange={(event) => onChooseAll(event.currentTarget.checked)}
          />
        </span>
        <SortHead of="name" title="Name" sorting={sorting} onSort={onSort} />
        <SortHead of="modified" title="Modified" sorting={sorting} onSort={onSort} />
        <SortHead of="size" title="Size" sorting={sorting} onSort={onSort} />
        <span role="columnheader" className="cell-menu">
          <span className="visually-hidden">Actions</span>
        </span>
      </div>
      <div className="table-body" role="rowgroup" ref={rows.scroller}>
        <div role="presentation" style={{ height: rows.first * rowPx }} />
        {shown.map((entry, at) => {
          const index = rows.first + at;
          return (
            <Row
              key={entry.object}
              entry={entry}
              index={index}
              isCurrent={index === current}
              isChosen={chosen.has(entry.object)}
              now={now}
              onFocus={() => setCurrent(index)}
              {...props}
            />
          );
        })}
        <div role="presentation" style={{ height: (entries.length - rows.end) * rowPx }} />
      </div>
    </div>
  );
}

function SortHead({
  of,
  title,
  sorting,
  onSort,
}: {
  readonly of: SortKey;
  readonly title: string;
  readonly sorting: Sorting;
  readonly onSort: (sorting: Sorting) => void;
}) {
  const isThis = sorting.key === of;
  const Arrow = sorting.isDescending ? IconArrowDown : IconArrowUp;
  const order = sorting.isDescending ? "descending" : "ascending";
  return (
    <span role="columnheader" className={`cell-${of}`} aria-sort={isThis ? order : "none"}>
      <button
        type="button"
        className="sort-head"
        onClick={() => onSort({ key: of, isDescending: isThis ? !sorting.isDescending : of !== "name" })}
      >
        {title}
        {isThis && <Arrow size={14} aria-hidden />}
      </button>
    </span>
  );
}

interface RowProps extends FileListProps {
  readonly entry: FileEntry;
  readonly index: number;
  readonly isCurrent: boolean;
  readonly isChosen: boolean;
  readonly now: Date;
  readonly onFocus: () => void;
}

function Row({ entry, index, isCurrent, isChosen, now, onFocus, driveName, folder, onChoose }: RowProps) {
  const { object, name, kind, sizeBytes, modifiedNs, versions } = entry;
  const modified = dateOfNs(modifiedNs);
  const time = modified === undefined ? "" : formatTime(modified, now);
  const size = kind === "file" ? formatBytes(sizeBytes) : "";
  return (
    <div className="table-row" role="row" aria-rowindex={index + 2} aria-selected={isChosen} onFocus={onFocus}>
      <span role="gridcell" className="cell-check">
        <Checkbox
          size="xs"
          aria-label={`Choose ${name}`}
          checked={isChosen}
          tabIndex={-1}
          onChange={(event) => onChoose(object, event.currentTarget.checked)}
        />
      </span>
      <span role="gridcell" className="cell-name">
        <a
          className="file-link"
          href={writeRoute({ page: "files", drive: driveName, path: childPath(folder, name) })}
          data-index={index}
          tabIndex={isCurrent ? 0 : -1}
        >
          <FileIcon entry={entry} size={22} />
          <span className="file-words">
            <span className="one-line">{name}</span>
            <span className="file-note quiet numbers">{[size, time].filter(Boolean).join(", ")}</span>
          </span>
        </a>
        {versions > 1 && (
          <span className="mark warn" title="It was changed in two places">
            <IconGitFork size={15} aria-hidden /> Conflict
          </span>
        )}
      </span>
      <span role="gridcell" className="cell-modified quiet numbers" title={modified && formatExactTime(modified)}>
        {time}
      </span>
      <span role="gridcell" className="cell-size quiet numbers">
        {size}
      </span>
      <span role="gridcell" className="cell-menu">
        <FileMenu entry={entry} />
      </span>
    </div>
  );
}
