// Lets further pages of this browser in, with what this one may do and for as long.

import { useEffect } from "react";
import { answerSiblings } from "./sibling-tabs.ts";
import { useConnection } from "./tab-context.tsx";

const monthSeconds = 30 * 86_400;

export function SiblingDoor() {
  const { pages, info, may, isLive } = useConnection();
  const mayInvite = may("administer") && isLive;
  useEffect(() => {
    if (!mayInvite || pages === undefined) return undefined;
    return answerSiblings(async () => {
      const leftMs = (info.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY) - Date.now();
      const { url } = await pages.link(info.rights, Math.max(1, Math.min(monthSeconds, Math.floor(leftMs / 1000))));
      return url.slice(url.indexOf("#join=") + "#join=".length);
    });
  }, [mayInvite, pages, info]);
  return null;
}
