// The picture of the user's nodes and of what connects them, as it is at this moment.

import { useMediaQuery } from "@mantine/hooks";
import { useMemo } from "react";
import type { LinksState } from "#interfaces/generated/links.ts";
import type { Device } from "#interfaces/generated/user.ts";
import { formatRoundTrip } from "../app/format.ts";
import { deviceMap, type PlacedDevice, type PlacedLink } from "./device-map.ts";

export function DeviceGraph({
  devices,
  links,
  open,
  onOpen,
}: {
  readonly devices: readonly Device[];
  readonly links: LinksState;
  readonly open: string | undefined;
  readonly onOpen: (device: string) => void;
}) {
  const shape = useMediaQuery("(max-width: 720px)") ? "tall" : "wide";
  const map = useMemo(() => deviceMap(devices, links, shape), [devices, links, shape]);
  const isCrowded = map.devices.length > mostRoomy[shape];
  const aside = isCrowded && shape === "wide" ? besideRoom : 0;
  const { x, y, width, height } = map.frame;
  return (
    <div className="card graph">
      <svg
        viewBox={`${x - aside} ${y} ${width + 2 * aside} ${height}`}
        width={width + 2 * aside}
        role="group"
        aria-label="Nodes and their links"
      >
        {map.links.map((link) => (
          <Line key={`${link.from.device.id} ${link.to.device.id}`} link={link} isCrowded={isCrowded} />
        ))}
        {map.devices.map((placed) => (
          <Dot
            key={placed.device.id}
            placed={placed}
            most={shortName[shape]}
            label={isCrowded && placed.hops !== 0 ? (shape === "wide" ? "beside" : "none") : "below"}
            isOpen={placed.device.id === open}
            onOpen={() => onOpen(placed.device.id)}
          />
        ))}
      </svg>
    </div>
  );
}

function Line({
  link: { from, to, roundTripMs, transport },
  isCrowded,
}: {
  readonly link: PlacedLink;
  readonly isCrowded: boolean;
}) {
  // Names stand below their nodes, and the words of a line keep clear of both.
  const down = to.y - from.y;
  const share = down > 60 ? 0.68 : down < -60 ? 0.32 : 0.5;
  const middle = { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
  const words =
    roundTripMs === undefined || isCrowded
      ? undefined
      : [formatRoundTrip(roundTripMs), transport].filter(Boolean).join(", ");
  return (
    <g>
      <line
        className={roundTripMs === undefined ? "graph-way" : "graph-link"}
        x1={from.x}
        y1={from.y}
        x2={to.x}
        y2={to.y}
      />
      {words !== undefined && (
        <text className="graph-time" x={middle.x} y={middle.y - 8}>
          {words}
        </text>
      )}
    </g>
  );
}

/** Of more than so many, names stand beside their nodes, or in the list below alone. */
const mostRoomy = { wide: 7, tall: 5 };
/** What names beside need on either side, more than those below: for `shortName.wide` letters of the usual fonts. */
const besideRoom = 165;

/** Letters for which there is room. */
const shortName = { wide: 23, tall: 15 };

function Dot({
  placed: { device, x, y, hops },
  most,
  label,
  isOpen,
  onOpen,
}: {
  readonly placed: PlacedDevice;
  readonly most: number;
  readonly label: "below" | "beside" | "none";
  readonly isOpen: boolean;
  readonly onOpen: () => void;
}) {
  const state = hops === 0 ? "this" : hops === undefined ? "away" : "there";
  const name = device.name.length > most ? `${device.name.slice(0, most - 1)}…` : device.name;
  return (
    <g
      className={`graph-node graph-node-${state}`}
      data-open={isOpen}
      transform={`translate(${x} ${y})`}
      role="button"
      tabIndex={0}
      aria-pressed={isOpen}
      aria-label={label === "none" ? `${device.name}, ${stateWords(hops)}` : undefined}
      onClick={onOpen}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        onOpen();
      }}
    >
      <circle className="graph-halo" r={hops === 0 ? 40 : 32} />
      <circle className="graph-dot" r={hops === 0 ? 30 : 23} />
      <Glyph role={device.role} />
      {label === "none" && <title>{device.name}</title>}
      {label === "below" && (
        <>
          <text className="graph-name" y={hops === 0 ? 55 : 47}>
            {name}
          </text>
          <text className="graph-note" y={hops === 0 ? 73 : 64}>
            {stateWords(hops)}
          </text>
        </>
      )}
      {label === "beside" && (
        <text className={`graph-name graph-beside-${x < 0 ? "left" : "right"}`} x={x < 0 ? -34 : 34} y={5}>
          {name}
        </text>
      )}
    </g>
  );
}

function stateWords(hops: number | undefined): string {
  if (hops === undefined) return "away";
  if (hops === 0) return "this node";
  return hops === 1 ? "linked" : `over ${hops} links`;
}

/** A browser's window, or a machine. */
function Glyph({ role }: { readonly role: string }) {
  return role === "tab" ? (
    <g className="graph-glyph">
      <rect x="-10" y="-8" width="20" height="16" rx="3" />
      <path d="M-10 -3h20" />
    </g>
  ) : (
    <g className="graph-glyph">
      <rect x="-10" y="-9" width="20" height="13" rx="2" />
      <path d="M-5 9h10M0 4v5" />
    </g>
  );
}
