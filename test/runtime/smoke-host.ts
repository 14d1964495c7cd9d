// Hosts the sample interface at the addresses given as arguments, until its parent is gone.

import { FireflySession } from "#firefly/session/session.ts";
import type { Address } from "#glow";
import { NodeClock } from "#platform/nodejs/clock.ts";
import { NodeNetwork } from "#platform/nodejs/network.ts";
import { NodeTimers } from "#platform/nodejs/timers.ts";
import { EchoInterface } from "../interfaces/generated/sample.ts";
import { SampleEcho } from "../interfaces/sample-echo.ts";

const timers = new NodeTimers();
const clock = new NodeClock();
const network = new NodeNetwork();
const object = new SampleEcho(timers);

const listeners = await Promise.all(
  process.argv.slice(2).map((address) =>
    network.listen(address as Address, (pipe) => {
      // The session lives as long as its pipe.
      void new FireflySession(pipe, { timers, clock, root: { type: EchoInterface, object } });
    }),
  ),
);
process.send?.(listeners.map((listener) => listener.address));
process.on("disconnect", () => process.exit());
