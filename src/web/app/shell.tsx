// What surrounds every part of the page: where one can go, where one is, and whether the node answers.

import { ActionIcon, Button, Loader, Tooltip, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { IconActivity, IconDevices2, IconFolder, IconDatabase, IconEye, IconMoon, IconSun } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useDrives } from "../files/use-drives.ts";
import { type TabSource, useConnection } from "../tab/tab-context.tsx";
import { useIsOld } from "../tab/page-build.ts";
import { BrandMark } from "./brand.tsx";
import { type Route, writeRoute } from "./route.ts";

const parts = [
  { page: "files", path: "", title: "Files", icon: IconFolder },
  { page: "devices", title: "Devices", icon: IconDevices2 },
  { page: "activity", title: "Activity", icon: IconActivity },
] as const;

export function Shell({
  route,
  tab,
  children,
}: {
  readonly route: Route;
  readonly tab: TabSource;
  readonly children: ReactNode;
}) {
  const { isLive, isGuest, isOtherVersion } = useConnection();
  const isOld = useIsOld(isLive);
  const shown = route.page === "trash" ? "files" : route.page;
  const isInDrive = (route.page === "files" || route.page === "trash") && route.drive !== undefined;
  return (
    <div className="shell">
      <header className="shell-rail" data-guest={isGuest}>
        <a className="shell-brand" href={writeRoute({ page: "files", path: "" })}>
          <BrandMark size={28} />
          Glow
        </a>
        <nav className="shell-nav" aria-label="Parts of Glow">
          {(isGuest ? parts.slice(0, 1) : parts).map(({ title, icon: Icon, ...to }) => (
            <a
              key={title}
              className="shell-link"
              href={writeRoute(to)}
              aria-current={to.page === shown && !isInDrive ? "page" : undefined}
              data-within={to.page === shown}
            >
              <Icon size={20} stroke={1.7} aria-hidden />
              {title}
            </a>
          ))}
        </nav>
        <DriveLinks route={route} />
        <Foot />
      </header>
      <main className="shell-content">
        {(isOld || isOtherVersion) && <Old isOther={!isOld} />}
        {!isLive && !isOtherVersion && <Lost retry={() => tab.retry()} />}
        {isGuest && isLive && <GuestNotice tab={tab} />}
        {children}
      </main>
    </div>
  );
}

function DriveLinks({ route }: { readonly route: Route }) {
  const { value: drives = [] } = useDrives();
  const open = route.page === "files" || route.page === "trash" ? route.drive : undefined;
  const readable = drives.filter((drive) => drive.readable);
  if (readable.length === 0) return null;
  return (
    <nav aria-labelledby="shell-drives" className="shell-drives">
      <h2 id="shell-drives" className="shell-label">
        Drives
      </h2>
      {readable.map(({ id, name }) => (
        <a
          key={id}
          className="shell-link"
          href={writeRoute({ page: "files", drive: name, path: "" })}
          aria-current={name === open ? "page" : undefined}
        >
          <IconDatabase size={16} stroke={1.6} aria-hidden />
          <span className="one-line">{name}</span>
        </a>
      ))}
    </nav>
  );
}

function Foot() {
  const { info, isLive } = useConnection();
  return (
    <div className="shell-foot">
      <div className="shell-self">
        <div className="one-line">
          <strong>{info.user ?? "Nobody"}</strong>
        </div>
        <div className="one-line quiet">
          {isLive ? "on" : "looking for"} {info.name}
        </div>
      </div>
      <SchemeSwitch />
    </div>
  );
}

export function SchemeSwitch() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light");
  const other = scheme === "light" ? "dark" : "light";
  return (
    <Tooltip label={`Use ${other} colours`}>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={`Use ${other} colours`}
        onClick={() => setColorScheme(other)}
      >
        {scheme === "light" ? <IconMoon size={18} /> : <IconSun size={18} />}
      </ActionIcon>
    </Tooltip>
  );
}

/** Plain HTTP: whoever is in this network can read along. */
function GuestNotice({ tab }: { readonly tab: TabSource }) {
  const { info } = useConnection();
  const until = info.expiresAt?.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  return (
    <div className="shell-guest" role="note">
      <IconEye size={16} aria-hidden />
      <span>
        You are a guest of {info.user ?? info.name}
        {until !== undefined && ` until ${until}`}. This page is not encrypted: others in this network can read along.
      </span>
      <Button size="compact-sm" variant="default" onClick={() => void tab.leave?.().catch(() => undefined)}>
        Leave
      </Button>
    </div>
  );
}

function Old({ isOther }: { readonly isOther: boolean }) {
  return (
    <div className="shell-lost" role="status">
      <span>
        {isOther ? "Glow runs in another version than this page." : "Glow was updated."} Save or copy what you are
        writing, then reload.
      </span>
      <Button size="compact-sm" variant="white" color="dark" onClick={() => location.reload()}>
        Reload
      </Button>
    </div>
  );
}

function Lost({ retry }: { readonly retry: () => void }) {
  const { info, isGuest } = useConnection();
  return (
    <div className="shell-lost" role="status">
      <Loader size={14} color="currentColor" />
      <span>
        {navigator.onLine || isOnThisMachine() ? (
          <>
            <strong>Glow on {info.name} does not answer.</strong>{" "}
            {isGuest ? (
              "Is the machine on, and are you in its network?"
            ) : (
              <>
                If it was stopped, start it there with <code>glow start</code>.
              </>
            )}
          </>
        ) : (
          <strong>This device is offline.</strong>
        )}{" "}
        This page goes on by itself.
      </span>
      <Button size="compact-sm" variant="white" color="dark" onClick={retry}>
        Try now
      </Button>
    </div>
  );
}

/** Then it is there whether there is a network or not. */
function isOnThisMachine(): boolean {
  return /^(localhost|127\.|\[::1\])/.test(location.hostname);
}
