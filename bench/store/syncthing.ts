// Syncthing: two instances on loopback that find nobody else. Its watcher waits a second for more to come, which is the
// least that it can be told; by default it is ten.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { output, Program } from "./program.ts";
import { ProcessTree } from "./process-tree.ts";
import type { Places, RunningPair, Synchroniser } from "./synchroniser.ts";
import { until } from "./until.ts";

const cure = "apt install syncthing";
const apiKey = "bench";
const quiet = { STNODEFAULTFOLDER: "1", STNOUPGRADE: "1", STNORESTART: "1" };

export const syncthing: Synchroniser = {
  about: () => `${output("syncthing", ["--version"], cure).split(" ").slice(0, 2).join(" ")}, its watcher set to 1 s`,
  check: () => void output("syncthing", ["--version"], cure),
  async start(places: Places): Promise<RunningPair> {
    const ids = places.homes.map((home) => {
      output("syncthing", ["generate", "--no-default-folder", `--home=${home}`], cure);
      return output("syncthing", ["--device-id", `--home=${home}`], cure).trim();
    });
    const [port] = places.ports;
    const guiPorts = [places.ports[1], places.ports[2]] as const;
    for (const side of [0, 1] as const) {
      writeFileSync(join(places.homes[side], "config.xml"), configuration(places, ids as [string, string], side));
    }
    const programs = places.homes.map(
      (home) => new Program("syncthing", ["serve", `--home=${home}`, "--no-browser", "--no-restart"], quiet),
    );
    for (const side of [0, 1] as const) {
      await until(`syncthing ${side} is linked (port ${port})`, 30_000, async () => {
        for (const program of programs) program.check();
        return isLinked(guiPorts[side], ids[1 - side] as string);
      });
    }
    const processes = new ProcessTree(programs.map(({ pid }) => pid));
    return {
      processes,
      // Its watcher finds out by itself.
      changed: async () => undefined,
      async stop() {
        processes.close();
        await Promise.all(programs.map((program) => program.stop()));
      },
    };
  },
};

async function isLinked(port: number, peer: string): Promise<boolean> {
  try {
    const headers = { "X-API-Key": apiKey };
    const answer = await fetch(`http://127.0.0.1:${port}/rest/system/connections`, { headers });
    const { connections } = (await answer.json()) as { connections: Record<string, { connected: boolean }> };
    return connections[peer]?.connected === true;
  } catch {
    return false;
  }
}

function configuration({ homes, folders, ports }: Places, ids: readonly [string, string], side: 0 | 1): string {
  // The version that it writes by itself.
  const version = readFileSync(join(homes[side], "config.xml"), "utf8").match(/<configuration version="(\d+)"/)?.[1];
  const devices = ids.map((id) => `<device id="${id}"></device>`).join("");
  const listen = side === 0 ? `tcp://127.0.0.1:${ports[0]}` : "tcp://127.0.0.1:0";
  const addresses = [side === 0 ? "dynamic" : `tcp://127.0.0.1:${ports[0]}`, side === 0 ? "dynamic" : "dynamic"];
  return `<configuration version="${version}">
  <folder id="b" path="${folders[side]}" type="sendreceive" rescanIntervalS="3600" fsWatcherEnabled="true" fsWatcherDelayS="1">
    ${devices}
  </folder>
  ${ids.map((id, i) => `<device id="${id}" compression="metadata"><address>${addresses[i]}</address></device>`).join("\n  ")}
  <gui enabled="true" tls="false"><address>127.0.0.1:${ports[1 + side]}</address><apikey>${apiKey}</apikey></gui>
  <options>
    <listenAddress>${listen}</listenAddress>
    <globalAnnounceEnabled>false</globalAnnounceEnabled>
    <localAnnounceEnabled>false</localAnnounceEnabled>
    <relaysEnabled>false</relaysEnabled>
    <natEnabled>false</natEnabled>
    <startBrowser>false</startBrowser>
    <reconnectionIntervalS>1</reconnectionIntervalS>
    <urAccepted>-1</urAccepted>
    <crashReportingEnabled>false</crashReportingEnabled>
    <autoUpgradeIntervalH>0</autoUpgradeIntervalH>
  </options>
</configuration>
`;
}
