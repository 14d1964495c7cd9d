// What a process of a line has used of the machine until now.

import type { Usage } from "./requests.ts";

export function usage(): Usage {
  const { user, system } = process.cpuUsage();
  return {
    cpuUs: user + system,
    rssBytes: process.memoryUsage.rss(),
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
  };
}
