// The smoke suite in a page: over a MessageChannel within it, and over WebSockets to a host in Node.

import { inject } from "vitest";
import { MessagePortPipe } from "#firefly/pipes/message-port.ts";
import { dialResumable } from "#firefly/resumable/resumable-dialer.ts";
import { FireflySession } from "#firefly/session/session.ts";
import type { Pipe } from "#glow";
import { browserPlatform } from "#platform/browser/platform.ts";
import { EchoInterface } from "../interfaces/generated/sample.ts";
import { SampleEcho } from "../interfaces/sample-echo.ts";
import type {} from "./browser-addresses.ts";
import { type SmokeSubject, smokeSuite } from "./smoke.ts";

const platform = browserPlatform({ databaseName: "smoke" });
const { firefly, resumable } = inject("browserAddresses");

async function to(pipe: Promise<Pipe>): Promise<SmokeSubject> {
  const session = new FireflySession(await pipe, platform);
  return {
    session,
    end: async () => {
      session.close();
      await session.closed;
    },
  };
}

smokeSuite("a MessageChannel in a page", async () => {
  const { port1, port2 } = new MessageChannel();
  const root = { type: EchoInterface, object: new SampleEcho(platform.timers) };
  const host = new FireflySession(new MessagePortPipe(port1, platform.timers), { ...platform, root });
  const session = new FireflySession(new MessagePortPipe(port2, platform.timers), platform);
  return {
    session,
    end: async () => {
      session.close();
      await host.closed;
    },
  };
});

smokeSuite("WebSocket, from a page to Node", () => to(platform.network.dial(firefly)));

smokeSuite("a resumable WebSocket, from a page to Node", () =>
  to(dialResumable({ ...platform, dial: (signal) => platform.network.dial(resumable, signal) })),
);
