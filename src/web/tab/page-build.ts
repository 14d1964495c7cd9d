// Whether this page is of an older build than the server has now: then calls may not fit any more, and parts that were not loaded
// yet are gone. Asked by HTTP, which does not change, whenever the node is there again or the page is looked at.

import { useEffect, useState } from "react";

const own = document.querySelector<HTMLMetaElement>("meta[name=glow-build]")?.content ?? "";

async function isOld(signal: AbortSignal): Promise<boolean> {
  const answer = await fetch("/build", { cache: "no-store", signal });
  const now = answer.ok ? await answer.text() : own;
  return now !== own;
}

/** `occasion` is whatever changes when it is worth asking. */
export function useIsOld(occasion: unknown): boolean {
  const [old, setOld] = useState(false);
  useEffect(() => {
    const end = new AbortController();
    // Who cannot be asked says nothing: the page tells that its node is away.
    const ask = (): void => void isOld(end.signal).then(setOld, () => undefined);
    const options = { signal: end.signal };
    document.addEventListener("visibilitychange", ask, options);
    // A part of the page that cannot be loaded.
    addEventListener("vite:preloadError", ask, options);
    ask();
    return () => end.abort();
  }, [occasion]);
  return old;
}
