// The devices one by one: how each is reached, how far it is, and how to put one out.

import { ActionIcon, Menu } from "@mantine/core";
import {
  IconBrowser,
  IconChevronDown,
  IconDeviceDesktop,
  IconDots,
  IconPencil,
  IconUserOff,
} from "@tabler/icons-react";
import { useState } from "react";
import type { LinkInfo, LinksState } from "#interfaces/generated/links.ts";
import type { Device } from "#interfaces/generated/user.ts";
import { formatBytes, formatRoundTrip, formatTime } from "../app/format.ts";
import { useNow } from "../app/use-now.ts";
import { NameDialog } from "../files/name-dialog.tsx";
import { useConnection } from "../tab/tab-context.tsx";
import { DevicePath } from "./device-path.tsx";
import { RevokeDialog } from "./revoke-dialog.tsx";

interface DeviceListProps {
  readonly devices: readonly Device[];
  readonly links: LinksState;
  readonly open: string | undefined;
  readonly onOpen: (device: string) => void;
}

export function DeviceList({ devices, links, open, onOpen }: DeviceListProps) {
  const { node } = useConnection();
  const [renamed, setRenamed] = useState<Device>();
  const [revoked, setRevoked] = useState<Device>();
  const rank = ({ isThis, online }: Device): number => (isThis ? 0 : online ? 1 : 2);
  const here = devices.filter(({ revoked: isOut }) => !isOut).sort((a, b) => rank(a) - rank(b));
  const out = devices.filter(({ revoked: isOut }) => isOut);
  return (
    <>
      <section className="section">
        <h2 className="section-title">All devices</h2>
        <ul className="card devices">
          {here.map((device) => (
            <DeviceRow
              key={device.id}
              device={device}
              links={links}
              isOpen={open === device.id}
              onOpen={() => onOpen(device.id)}
              onRename={() => setRenamed(device)}
              onRevoke={() => setRevoked(device)}
            />
          ))}
        </ul>
      </section>
      {out.length > 0 && (
        <section className="section">
          <h2 className="section-title">Put out</h2>
          <ul className="card devices">
            {out.map((device) => (
              <li key={device.id} className="device device-out">
                <span className="device-line">
                  <span className="device-words">
                    <span className="one-line">{device.name}</span>
                    <span className="quiet">Can do nothing any more</span>
                  </span>
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <NameDialog
        title="Rename"
        label="Name of the device"
        action="Rename"
        first={renamed?.name ?? ""}
        opened={renamed !== undefined}
        onClose={() => setRenamed(undefined)}
        onName={async (name) => {
          using user = node.user();
          if (renamed !== undefined) await user.renameDevice(renamed.id, name);
        }}
      />
      <RevokeDialog device={revoked} onClose={() => setRevoked(undefined)} />
    </>
  );
}

interface DeviceRowProps {
  readonly device: Device;
  readonly links: LinksState;
  readonly isOpen: boolean;
  readonly onOpen: () => void;
  readonly onRename: () => void;
  readonly onRevoke: () => void;
}

const roles: Readonly<Record<string, string>> = { admin: "Administrator", device: "Device", tab: "Browser" };

function DeviceRow({ device, links, isOpen, onOpen, onRename, onRevoke }: DeviceRowProps) {
  const { may, self } = useConnection();
  const now = useNow();
  const own = links.links.filter(({ node }) => node === device.node);
  const Icon = device.role === "tab" ? IconBrowser : IconDeviceDesktop;
  return (
    <li className="device">
      <div className="device-line">
        <button type="button" className="device-open" aria-expanded={isOpen} onClick={onOpen}>
          <span className="device-icon" data-online={device.online || device.isThis} aria-hidden>
            <Icon size={22} stroke={1.6} />
          </span>
          <span className="device-words">
            <span className="one-line">
              <strong>{device.name}</strong>
            </span>
            <span className="quiet one-line">
              {device.node === self ? "This browser" : stateOf(device, links, now)}
            </span>
          </span>
          <span className="device-role quiet">{roles[device.role] ?? device.role}</span>
          <IconChevronDown className="device-mark quiet" size={18} aria-hidden />
        </button>
        {may("administer") && (
          <Menu position="bottom-end" width={180}>
            <Menu.Target>
              <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${device.name}`}>
                <IconDots size={18} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={<IconPencil size={16} />} onClick={onRename}>
                Rename
              </Menu.Item>
              {!device.isThis && (
                <Menu.Item className="danger" leftSection={<IconUserOff size={16} />} onClick={onRevoke}>
                  Put out
                </Menu.Item>
              )}
            </Menu.Dropdown>
          </Menu>
        )}
      </div>
      {isOpen && (
        <div className="device-more">
          {own.map((link, at) => (
            <LinkLine key={at} link={link} now={now} />
          ))}
          {!device.isThis && device.online && <DevicePath device={device} />}
          {!device.isThis && !device.online && (
            <p className="quiet">It cannot be reached now. What changes meanwhile reaches it when it is back.</p>
          )}
          {device.expiresAt !== undefined && (
            <p className="quiet">
              Is let in until {device.expiresAt.toLocaleDateString("en-GB", { dateStyle: "long" })}.
            </p>
          )}
          <p className="quiet">
            Id <span className="device-id">{device.id}</span>
          </p>
        </div>
      )}
    </li>
  );
}

function LinkLine({ link, now }: { readonly link: LinkInfo; readonly now: Date }) {
  const { transport, address, active, roundTripMs, since, sentBytes, receivedBytes } = link;
  return (
    <p className="link-line numbers">
      {transport !== "" && <span className="tag">{transport}</span>}
      <span>{formatRoundTrip(roundTripMs)}</span>
      {address !== undefined && <span className="quiet one-line">{address}</span>}
      {since !== undefined && <span className="quiet">since {formatTime(since, now)}</span>}
      {sentBytes !== undefined && receivedBytes !== undefined && (
        <span className="quiet">
          {formatBytes(sentBytes)} out, {formatBytes(receivedBytes)} in
        </span>
      )}
      {!active && <span className="quiet">stands by</span>}
    </p>
  );
}

function stateOf(device: Device, { links, routes }: LinksState, now: Date): string {
  if (device.isThis) return "Serves this page";
  const link = links.find(({ node, active }) => node === device.node && active);
  if (link !== undefined) return `Linked, ${formatRoundTrip(link.roundTripMs)}`;
  const route = routes.find(({ node }) => node === device.node);
  if (route !== undefined) return `Over ${route.nextName ?? "another node"}, ${route.hops} links`;
  if (device.online) return "Reachable";
  return device.since === undefined ? "Away" : `Away, seen ${formatTime(device.since, now)}`;
}
