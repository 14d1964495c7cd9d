// What every part of the page holds: the node, and what it may do there.

import { createContext, type ReactNode, use, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { GlowError } from "#base/errors.ts";
import type { NodeInfo, NodeStub, Right } from "#interfaces/generated/node.ts";
import type { PagesStub } from "#interfaces/generated/pages.ts";
import { readStream, useCapability } from "./use-stream.ts";

/** How the page comes to its node. What a tab is, is not the page's business. */
export interface TabSource {
  readonly state: TabStatus;
  /** What this tab is itself, in the mesh. */
  readonly id: string | undefined;
  watch(changed: () => void): { stop(): void };
  retry(): void;
  /** It was let in to some folders, and is no node. */
  readonly isGuest?: boolean;
  /** Of a guest: gives up what his link gave. */
  leave?(): Promise<void>;
}

export type TabStatus =
  | { readonly kind: "starting" }
  | { readonly kind: "stranger"; readonly error?: Error }
  | { readonly kind: "connecting"; readonly error?: Error }
  | { readonly kind: "connected"; readonly node: NodeStub }
  | { readonly kind: "dismissed"; readonly reason: DismissalReason; readonly error: Error };

/** Somebody put it out; what it was let in for is over; or it was away for longer than it may be. */
export type DismissalReason = "put out" | "over" | "away";

export interface Connection {
  /** The last one there was. */
  readonly node: NodeStub;
  readonly info: NodeInfo;
  readonly pages: PagesStub | undefined;
  /** This tab itself. */
  readonly self: string | undefined;
  /** Whether it answers now. */
  readonly isLive: boolean;
  /** It does answer, but does not understand: this page is made for another version of it. */
  readonly isOtherVersion: boolean;
  readonly isGuest: boolean;
  may(right: Right): boolean;
}

const ConnectionContext = createContext<Connection | undefined>(undefined);

export function useTabStatus(tab: TabSource): TabStatus {
  return useSyncExternalStore(
    (changed) => {
      const watching = tab.watch(changed);
      return () => watching.stop();
    },
    () => tab.state,
  );
}

/** Somebody is there, and answers what no node of this page's version would: to wait does not help, to load it anew may. */
export function isOtherVersion(status: TabStatus): boolean {
  if (status.kind !== "connecting" || status.error === undefined) return false;
  const { kind } = GlowError.from(status.error, "page");
  return kind === "unsupported" || kind === "protocol";
}

/** Shows `children` once there was a connection, and `otherwise` before. */
export function ConnectionProvider({
  status,
  tab,
  children,
  otherwise,
}: {
  readonly status: TabStatus;
  readonly tab: TabSource;
  readonly children: ReactNode;
  readonly otherwise: ReactNode;
}) {
  const last = useRef<NodeStub>(undefined);
  if (status.kind === "connected") last.current = status.node;
  const node = last.current;
  const [info, setInfo] = useState<NodeInfo>();
  useEffect(() => {
    if (node === undefined) return;
    const ask = (): void => {
      node.info().then(
        (next) => setInfo((before) => (isSameNode(before, next) ? before : next)),
        () => undefined,
      );
    };
    ask();
    // What it is called, and whose it is, may change. Guests are not told.
    if (tab.isGuest === true) return;
    const user = node.user();
    return readStream(
      () => user.watch().finally(() => user[Symbol.dispose]()),
      ask,
      () => undefined,
    );
  }, [node, tab]);
  const pages = useCapability(() => node?.pages(), [node]);
  const isLive = status.kind === "connected";
  const isOther = isOtherVersion(status);
  const { id: self, isGuest = false } = tab;
  const connection = useMemo(
    () =>
      node &&
      info && {
        node,
        info,
        pages,
        self,
        isLive,
        isOtherVersion: isOther,
        isGuest,
        may: (right: Right) => info.rights.includes(right),
      },
    [node, info, pages, self, isLive, isOther, isGuest],
  );
  if (connection === undefined || status.kind === "dismissed" || status.kind === "stranger") return otherwise;
  return <ConnectionContext value={connection}>{children}</ConnectionContext>;
}

function isSameNode(before: NodeInfo | undefined, next: NodeInfo): boolean {
  if (before === undefined) return false;
  const told = ({ name, user, version, startedAt, rights, expiresAt }: NodeInfo): string =>
    JSON.stringify([name, user, version, startedAt, rights, expiresAt]);
  return told(before) === told(next);
}

export function useConnectionIfAny(): Connection | undefined {
  return use(ConnectionContext);
}

export function useConnection(): Connection {
  const connection = useConnectionIfAny();
  if (connection === undefined) throw new TypeError("this is shown only where there is a node");
  return connection;
}
