// A node that runs until it is stopped: puts the platform, Firefly and the services together, and offers its root
// to whoever connects at its address.

import { GlowError } from "#base/errors.ts";
import { nodeLimits } from "#base/limits.ts";
import { version as protocol } from "#firefly/session/frame.ts";
import { FireflySession, offer } from "#firefly/session/session.ts";
import type { Address, Listener, Pipe, Platform } from "#glow";
import { NodeInterface } from "#interfaces/generated/node.ts";
import { NodeService } from "#services/node/node-service.ts";

export interface DaemonOptions {
  /** Where it listens: a unix socket, so that only this user reaches it. */
  readonly address: Address;
  /** For people. */
  readonly name: string;
  /** Of Glow. */
  readonly version: string;
  /** Told of defects that no caller hears of. */
  readonly onDefect?: (error: GlowError) => void;
}

export class Daemon {
  readonly #platform: Platform;
  readonly #options: DaemonOptions;
  readonly #service: NodeService;
  readonly #sessions = new Set<FireflySession>();
  #listener: Listener | undefined;

  private constructor(platform: Platform, options: DaemonOptions) {
    this.#platform = platform;
    this.#options = options;
    this.#service = new NodeService(
      { name: options.name, version: options.version, platform: platform.name, protocol },
      platform.clock,
    );
  }

  /** `already-exists` if another node listens at the address. */
  static async start(platform: Platform, options: DaemonOptions): Promise<Daemon> {
    const daemon = new Daemon(platform, options);
    daemon.#listener = await platform.network.listen(options.address, (pipe) => daemon.#accept(pipe));
    return daemon;
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  #accept(pipe: Pipe): void {
    const { clock, timers, leaks } = this.#platform;
    const { onDefect } = this.#options;
    const root = offer(NodeInterface, this.#service);
    const session = new FireflySession(pipe, { clock, timers, leaks, root, ...(onDefect && { onDefect }) });
    if (this.#sessions.size >= nodeLimits.sessions) {
      const message = `${nodeLimits.sessions} sessions are open, as many as this node allows; close some first`;
      session.close(new GlowError("exhausted", "node.accept", { message }));
      return;
    }
    this.#sessions.add(session);
    void session.closed.then(() => this.#sessions.delete(session));
  }

  /** Ends all sessions, and listens no more. */
  async stop(): Promise<void> {
    const sessions = [...this.#sessions];
    for (const session of sessions) session.close();
    await Promise.all([this.#listener?.close(), ...sessions.map((session) => session.closed)]);
  }
}
