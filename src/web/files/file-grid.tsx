// A folder as tiles: pictures show themselves.

import { Checkbox } from "@mantine/core";
import { IconGitFork } from "@tabler/icons-react";
import { useState } from "react";
import type { FileEntry } from "#interfaces/generated/drive.ts";
import { formatBytes } from "../app/format.ts";
import { writeRoute } from "../app/route.ts";
import { FileIcon } from "./file-icon.tsx";
import { fileKindOf } from "./file-kind.ts";
import { FileMenu } from "./file-menu.tsx";
import { childPath } from "./file-path.ts";
import type { FileListProps } from "./file-table.tsx";
import { useContentUrl } from "./use-content-url.ts";
import { useRowKeys } from "./use-row-keys.ts";
import { useWindow } from "./use-window.ts";

const rowPx = 204;
const tilePx = 172;
/** Larger pictures are not fetched only to be shown small. */
const pictureBytes = 12_000_000;

export function FileGrid(props: FileListProps) {
  const { entries, chosen, onChoose } = props;
  const [columns, setColumns] = useState(4);
  const rowCount = Math.ceil(entries.length / columns);
  const rows = useWindow(rowCount, rowPx);
  const fitting = Math.max(2, Math.floor((rows.widthPx - 32) / tilePx));
  if (rows.widthPx > 0 && fitting !== columns) setColumns(fitting);
  const { current, setCurrent, onKeyDown } = useRowKeys({ entries, columns, window: rows, chosen, onChoose });
  const shown = Array.from({ length: rows.end - rows.first }, (_, at) => rows.first + at);
  return (
    <div
      className="tiles"
      role="grid"
      aria-label="Files"
      aria-rowcount={rowCount}
      aria-multiselectable
      ref={rows.scroller}
      onKeyDown={onKeyDown}
      tabIndex={-1}
    >
      <div role="presentation" style={{ height: rows.first * rowPx }} />
      {shown.map((row) => (
        <div
          key={row}
          className="tiles-row"
          role="row"
          aria-rowindex={row + 1}
          style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}
        >
          {entries.slice(row * columns, (row + 1) * columns).map((entry, at) => {
            const index = row * columns + at;
            return (
              <Tile
                key={entry.object}
                entry={entry}
                index={index}
                isCurrent={index === current}
                isChosen={chosen.has(entry.object)}
                onFocus={() => setCurrent(index)}
                {...props}
              />
            );
          })}
        </div>
      ))}
      <div role="presentation" style={{ height: (rowCount - rows.end) * rowPx }} />
    </div>
  );
}

interface TileProps extends FileListProps {
  readonly entry: FileEntry;
  readonly index: number;
  readonly isCurrent: boolean;
  readonly isChosen: boolean;
  readonly onFocus: () => void;
}

function Tile({ entry, index, isCurrent, isChosen, onFocus, driveName, folder, onChoose }: TileProps) {
  const { object, name, kind, sizeBytes, versions } = entry;
  const path = childPath(folder, name);
  return (
    <div className="tile" role="gridcell" aria-selected={isChosen} onFocus={onFocus}>
      <a
        className="tile-link"
        href={writeRoute({ page: "files", drive: driveName, path })}
        data-index={index}
        tabIndex={isCurrent ? 0 : -1}
      >
        <span className="tile-picture">
          <Picture entry={entry} driveName={driveName} path={path} />
        </span>
        <span className="tile-name one-line">{name}</span>
        <span className="tile-note quiet numbers">{kind === "file" ? formatBytes(sizeBytes) : "Folder"}</span>
      </a>
      <span className="tile-check">
        <Checkbox
          size="xs"
          aria-label={`Choose ${name}`}
          checked={isChosen}
          tabIndex={-1}
          onChange={(event) => onChoose(object, event.currentTarget.checked)}
        />
      </span>
      <span className="tile-menu">
        <FileMenu entry={entry} />
      </span>
      {versions > 1 && (
        <span className="tile-mark mark warn" title="It was changed in two places">
          <IconGitFork size={15} aria-label="Conflict" />
        </span>
      )}
    </div>
  );
}

function Picture({
  entry,
  driveName,
  path,
}: {
  readonly entry: FileEntry;
  readonly driveName: string;
  readonly path: string;
}) {
  const isShown = fileKindOf(entry) === "image" && entry.sizeBytes <= pictureBytes;
  return isShown ? (
    <PictureItself entry={entry} driveName={driveName} path={path} />
  ) : (
    <FileIcon entry={entry} size={52} />
  );
}

function PictureItself({
  entry,
  driveName,
  path,
}: {
  readonly entry: FileEntry;
  readonly driveName: string;
  readonly path: string;
}) {
  const { value } = useContentUrl({ drive: driveName, path, version: entry.version });
  const [isBroken, setIsBroken] = useState(false);
  const [isLoaded, setIsLoaded] = useState(false);
  return (
    <>
      {(!isLoaded || isBroken) && <FileIcon entry={entry} size={52} />}
      {value !== undefined && !isBroken && (
        <img
          src={value.path}
          alt=""
          loading="lazy"
          decoding="async"
          onLoad={(event) => {
            const shown = (): void => setIsLoaded(true);
            event.currentTarget.decode().then(shown, shown);
          }}
          onError={() => setIsBroken(true)}
        />
      )}
    </>
  );
}
