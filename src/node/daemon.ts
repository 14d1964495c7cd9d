// A node on a machine, from its start until it is stopped: in a home that it has for itself, with a log, settings and bound
// folders, and with a socket at which programs of the same user hold it with all rights.

import { GlowError } from "#base/errors.ts";
import { nodeLimits, webLimits } from "#base/limits.ts";
import { FireflySession, offer } from "#firefly/session/session.ts";
import type { Address, Listener, NodeId, Pipe, Platform, Subscription } from "#glow";
import { deviceOfNode } from "#identity/user/device-of-node.ts";
import { NodeInterface } from "#interfaces/generated/node.ts";
import type { LogLine } from "#interfaces/generated/log.ts";
import {
  abandonJoining,
  beginJoining,
  checkApart,
  cores,
  dataFolder,
  finishJoining,
  logPath,
  machineName,
  makeHome,
  mendHome,
  nodeAddress,
  processId,
  settingsPath,
} from "#platform/nodejs/home.ts";
import { HomeLock } from "#platform/nodejs/home-lock.ts";
import { watchInterfaces } from "#platform/nodejs/interface-watch.ts";
import { MulticastDiscovery } from "#platform/nodejs/multicast-discovery.ts";
import { nodePlatform } from "#platform/nodejs/platform.ts";
import { reachableAddresses } from "#platform/nodejs/reachable-addresses.ts";
import { RotatingFile } from "#platform/nodejs/rotating-file.ts";
import { releaseAtRest } from "#platform/nodejs/spare-memory.ts";
import type { NodeService } from "#services/node/node-service.ts";
import { Watchers } from "#services/state/watchers.ts";
import { GlowNode, type GlowNodeOptions } from "./glow-node.ts";
import { writeAddresses } from "./known-addresses.ts";
import { MemberNode } from "./member-node.ts";
import { NodeFolders } from "./node-folders.ts";
import { logText, NodeLog } from "./node-log.ts";
import type { ServedPage } from "./served-page.ts";
import { SettingsFile } from "./node-settings.ts";

export interface DaemonOptions {
  /** The folder that is the node's own; made if it is missing. */
  readonly home: string;
  /** Of Glow. */
  readonly version: string;
  /** A node that belongs to nobody makes a user of this name; left out: it waits to join one. */
  readonly firstUser?: string;
  /** In place of the settings, for this time. */
  readonly listen?: readonly Address[];
  readonly discovery?: boolean;
  /** Told of each line of the log. */
  readonly told?: (line: LogLine) => void;
  /** Serves its page, once it runs; what it gives is offered, and closed before the node stops. */
  readonly servePage?: (daemon: Daemon) => Promise<ServedPage | undefined>;
}

/** The answer to a call that stops it has to be on its way first. */
const farewellMs = 50;
/** How long each part may take to end. */
const mostStopMs = 10_000;
const anyAddress = "tcp://0.0.0.0:0" as Address;

export class Daemon {
  readonly settings: SettingsFile;
  readonly log: NodeLog;
  /** Resolves when somebody who holds the node asks it to stop. */
  readonly stopRequested: Promise<void>;
  readonly #options: DaemonOptions;
  readonly #lock: HomeLock;
  readonly #file: RotatingFile;
  readonly #platform: Platform;
  readonly #news = new Watchers();
  readonly #sessions = new Set<FireflySession>();
  readonly #subscriptions: Subscription[] = [];
  readonly #requestStop: () => void;
  #folders: NodeFolders;
  #node: GlowNode | undefined;
  #listener: Listener | undefined;
  #page: ServedPage | undefined;
  #isStopped = false;

  private constructor(options: DaemonOptions, own: Own) {
    this.#options = options;
    this.#lock = own.lock;
    this.#file = own.file;
    this.#platform = own.platform;
    this.settings = own.settings;
    this.log = own.log;
    this.#folders = this.#newFolders();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.stopRequested = promise;
    this.#requestStop = resolve;
  }

  /** `already-exists`, naming the process, if a node runs in the home; `invalid` if its settings are. */
  static async start(options: DaemonOptions): Promise<Daemon> {
    const daemon = new Daemon(options, await ownHome(options));
    try {
      await daemon.#begin();
    } catch (error) {
      daemon.log.problem("node", GlowError.from(error, "node.start"));
      await daemon.stop();
      throw error;
    }
    return daemon;
  }

  get node(): GlowNode {
    if (this.#node !== undefined) return this.#node;
    throw new GlowError("unavailable", "node.root", { message: "this node is just starting or stopping" });
  }

  get platform(): Platform {
    return this.#platform;
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  /** The node with all rights, for who is at the machine. */
  whole(): NodeService {
    return this.node.whole();
  }

  /** Ends all sessions, closes what is stored, and leaves the home; false if something could not be ended. Twice is no error. */
  async stop(): Promise<boolean> {
    if (this.#isStopped) return true;
    this.#isStopped = true;
    for (const subscription of this.#subscriptions) subscription.stop();
    let isClean = await this.#end("the page", this.#page?.close());
    const sessions = [...this.#sessions];
    for (const session of sessions) session.close();
    const calls = Promise.all([this.#listener?.close(), ...sessions.map((session) => session.closed)]);
    isClean = (await this.#end("calls", calls)) && isClean;
    isClean = (await this.#end("the store", this.#node?.stop())) && isClean;
    isClean = (await this.#end("bound folders", this.#folders.close())) && isClean;
    this.log.info("node", "stopped");
    this.#file.close();
    this.#lock.release();
    return isClean;
  }

  /** What can't end, on a full disk for one, keeps nothing else from it: what was acknowledged is durable without. */
  async #end(what: string, work: Promise<unknown> | undefined): Promise<boolean> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const message = `${what} did not end in ${mostStopMs / 1000} s, and is left as it is`;
    const timer = this.#platform.timers.after(mostStopMs, () => {
      reject(new GlowError("deadline", "node.stop", { message }));
    });
    try {
      await Promise.race([late, work]);
      return true;
    } catch (thrown) {
      this.log.problem("node", GlowError.from(thrown, "node.stop"));
      return false;
    } finally {
      timer.cancel();
    }
  }

  async #begin(): Promise<void> {
    const { home, firstUser, version } = this.#options;
    this.#subscriptions.push(this.settings.watch(() => this.#settingsChanged()));
    await this.#choosePort();
    this.#node = await this.#startNode();
    if (!this.#node.hasUser && firstUser !== undefined) await this.#node.createUser(firstUser);
    this.#subscriptions.push(
      watchInterfaces(this.#platform.timers, () => {
        this.#node?.member.mesh.networkChanged();
        this.#news.tell();
      }),
      releaseAtRest(this.#platform.timers, () => this.#node?.rest()),
    );
    this.#listener = await this.#platform.network.listen(nodeAddress(home), (pipe) => this.#accept(pipe));
    this.#page = await this.#options.servePage?.(this);
    const { name, id } = this.#node.describe();
    this.log.info("node", "started", { name, id, version, pid: processId(), home });
  }

  /** A port that is free now, for ever: others remember it. */
  async #choosePort(): Promise<void> {
    if (this.#options.listen !== undefined || this.settings.has("listen")) return;
    const listener = await this.#platform.network.listen(anyAddress, (pipe) => pipe.close());
    const { address } = listener;
    await listener.close();
    await this.settings.set({ listen: [address] });
    this.settings.apply();
  }

  async #startNode(): Promise<GlowNode> {
    const listen = this.#options.listen ?? (this.settings.values.listen as readonly Address[]);
    try {
      return await GlowNode.start({ ...this.#nodeOptions(), listen });
    } catch (error) {
      const { kind, message } = GlowError.from(error, "node.listen");
      if (kind !== "already-exists" || this.#options.listen !== undefined) throw error;
      // Better at another port than not at all: neighbours are told where.
      this.log.tell("warning", "mesh", `${message}; it listens elsewhere this time`, { listen: listen.join(" ") });
      return GlowNode.start({ ...this.#nodeOptions(), listen: [anyAddress] });
    }
  }

  #nodeOptions(): GlowNodeOptions {
    const { version, home, discovery } = this.#options;
    const { clock, timers, random } = this.#platform;
    const failed = (error: GlowError) => this.log.tell("debug", "discovery", error.message, { target: error.target });
    const searches = discovery ?? this.settings.values.discovery;
    return {
      platform: this.#platform,
      name: () => this.settings.values.name,
      version,
      log: this.log,
      reachable: reachableAddresses,
      ...(searches && {
        discovery: (self: NodeId) => new MulticastDiscovery({ self, clock, timers, random, failed }),
      }),
      content: () => {
        this.settings.apply("content");
        return this.settings.values.content;
      },
      kept: {
        of: (drive) => this.settings.values.driveContent[drive],
        set: (drive, content) => this.settings.setDriveContent(drive, content),
      },
      openFolder: async (path) => {
        await checkApart(home, path);
        return this.#folders.open(path);
      },
      sealer: this.#folders.sealer,
      settings: this.settings,
      page: () => this.#page,
      place: { home, pid: processId() },
      stop: () => void timers.after(farewellMs, this.#requestStop),
      replaceUser: (code) => this.#replaceUser(code),
      current: () => this.#node,
      news: this.#news,
    };
  }

  /** Joins as another device first: only when that has gone well, what was is given up. */
  async #replaceUser(code: string): Promise<void> {
    const { home } = this.#options;
    const before = this.node;
    try {
      const draft = homePlatform(await beginJoining(home));
      const member = await MemberNode.start(draft, { name: this.settings.values.name });
      try {
        await writeAddresses(draft.disk, await member.join(code));
      } finally {
        await member.stop();
      }
    } catch (error) {
      await abandonJoining(home);
      throw error;
    }
    this.log.info("node", "it joins another user, and gives up its own, which had nothing in it");
    await before.stop();
    await this.#folders.close();
    try {
      await finishJoining(home);
    } finally {
      // If it has failed, the node is what it was.
      await mendHome(home);
      this.#folders = this.#newFolders();
      this.#node = await this.#startNode();
      this.#news.tell();
    }
  }

  #newFolders(): NodeFolders {
    const { timers } = this.#platform;
    return new NodeFolders({ timers, diskRoot: dataFolder(this.#options.home), threads: cores() });
  }

  #settingsChanged(): void {
    const { name, logLevel } = this.settings.values;
    this.log.level = logLevel;
    const node = this.#node;
    const own = node?.hasUser ? deviceOfNode(node.member.user, node.member.id) : undefined;
    if (node === undefined || own === undefined || own.device.name === name) return;
    node
      .user()
      .renameDevice(own.id, name)
      .catch((error: unknown) => this.log.problem("user", GlowError.from(error, "user.rename")));
  }

  #accept(pipe: Pipe): void {
    const { clock, timers, leaks } = this.#platform;
    const onDefect = (error: GlowError) => this.log.problem("firefly", error);
    const root = this.whole();
    // Who types something wants the others to be there.
    this.#node?.member.mesh.hurry();
    const session = new FireflySession(pipe, { clock, timers, leaks, root: offer(NodeInterface, root), onDefect });
    void session.closed.then(() => root[Symbol.dispose]());
    if (this.#sessions.size >= nodeLimits.sessions) {
      const message = `${nodeLimits.sessions} sessions are open, as many as this node allows; close some first`;
      session.close(new GlowError("exhausted", "node.accept", { message }));
      return;
    }
    this.#sessions.add(session);
    void session.closed.then(() => this.#sessions.delete(session));
  }
}

/** What a daemon has before it is a node. */
interface Own {
  readonly lock: HomeLock;
  readonly file: RotatingFile;
  readonly platform: Platform;
  readonly settings: SettingsFile;
  readonly log: NodeLog;
}

async function ownHome({ home, told, version }: DaemonOptions): Promise<Own> {
  await makeHome(home);
  const outer = homePlatform(home);
  const lock = HomeLock.take(home, new Date(outer.clock.wallMs()));
  let file: RotatingFile | undefined;
  try {
    await mendHome(home);
    file = new RotatingFile({ path: logPath(home), mostBytes: nodeLimits.logFileBytes, files: nodeLimits.logFiles });
    const log = new NodeLog(outer.clock);
    log.watch(lineWriter(file));
    if (told !== undefined) log.watch(told);
    log.info("node", "starting", { version, pid: processId() });
    const settings = await SettingsFile.open({
      disk: outer.disk,
      clock: outer.clock,
      path: settingsPath(home),
      defaults: {
        name: machineName(),
        listen: [],
        discovery: true,
        content: "all",
        driveContent: {},
        logLevel: "info",
        pagePort: undefined,
        pageHttps: false,
        pageGuests: false,
        pageGuestBytes: webLimits.guestBytes,
      },
    });
    log.level = settings.values.logLevel;
    return { lock, file, platform: homePlatform(dataFolder(home)), settings, log };
  } catch (error) {
    file?.close();
    lock.release();
    throw error;
  }
}

/** What travels is sealed already. */
function homePlatform(diskRoot: string): Platform {
  return nodePlatform({ diskRoot, network: { zeroMask: true } });
}

/** A full disk keeps nobody from going on: lines are lost until there is room again. */
function lineWriter(file: RotatingFile): (line: LogLine) => void {
  return (line) => {
    try {
      file.add(logText(line));
    } catch {
      // There is nowhere to say so but where it failed.
    }
  };
}
