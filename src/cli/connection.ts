// The way from a command to the node of this machine: Firefly over the unix socket of its home, with the same interfaces
// that any other node or page uses.

import { GlowError } from "#base/errors.ts";
import { FireflySession } from "#firefly/session/session.ts";
import { NodeStub } from "#interfaces/generated/node.ts";
import { dialDaemon } from "#platform/nodejs/daemon-door.ts";
import { homeFolder } from "#platform/nodejs/home.ts";
import type { Face } from "./face.ts";

export class Connection implements Disposable {
  readonly home: string;
  readonly node: NodeStub;
  readonly #session: FireflySession;

  private constructor(home: string, session: FireflySession) {
    this.home = home;
    this.#session = session;
    this.node = session.root(NodeStub);
  }

  /** `unavailable` if no node runs there, saying how to start one; `denied` if the home is another user's. */
  static async open({ clock, timers }: Face, askedHome: string | undefined): Promise<Connection> {
    const home = homeFolder(askedHome);
    const pipe = await dialDaemon(home).catch((thrown: unknown) => {
      if (thrown instanceof GlowError && thrown.kind === "unavailable") throw notRunning(home, thrown);
      throw thrown instanceof GlowError && thrown.kind === "denied" ? notOwn(home, thrown) : thrown;
    });
    return new Connection(home, new FireflySession(pipe, { clock, timers }));
  }

  /** Resolves when the node has gone, or `close` was called. */
  get closed(): Promise<GlowError> {
    return this.#session.closed;
  }

  /** Everything under way fails with the reason. */
  close(reason?: GlowError): void {
    this.#session.close(reason);
  }

  [Symbol.dispose](): void {
    this.#session.close();
  }
}

function notOwn(home: string, cause: GlowError): GlowError {
  const message =
    "this home is another user's: its node answers to that user alone; give your own with --home, or start one with `glow start`";
  return new GlowError("denied", "node.dial", { target: home, message, cause });
}

function notRunning(home: string, cause: GlowError): GlowError {
  return new GlowError("unavailable", "node.dial", {
    target: home,
    message: "no node runs in this home; start one with `glow start` (`npm start` in a checkout)",
    cause,
  });
}
