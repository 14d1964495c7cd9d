// The time of day as React state, for times that are told from now ("2 minutes ago").

import { useEffect, useState } from "react";

export function useNow(everyMs = 30_000): Date {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return new Date(nowMs);
}
