// The user, and how this node is connected, live.

import type { LinksState } from "#interfaces/generated/links.ts";
import type { UserInfo } from "#interfaces/generated/user.ts";
import { useConnection } from "../tab/tab-context.tsx";
import { type Live, useStream } from "../tab/use-stream.ts";

export function useUser(): Live<UserInfo> {
  const { node } = useConnection();
  return useStream(() => {
    const user = node.user();
    return user.watch().finally(() => user[Symbol.dispose]());
  }, [node]);
}

export function useLinks(): Live<LinksState> {
  const { node } = useConnection();
  return useStream(() => {
    const links = node.links();
    return links.watch().finally(() => links[Symbol.dispose]());
  }, [node]);
}
