// A device of a test's user: a host with a home and a folder of its own, which comes and goes and stays the same device.

import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { StoreHostCall, StoreHostOptions, StoreHostStatus } from "./host-messages.ts";
import { StoreHost } from "./store-host.ts";

export interface StoreDeviceOptions extends Pick<StoreHostOptions, "holdsFolders" | "mode"> {
  readonly name: string;
  /** Where its home and its folder are made. */
  readonly root: string;
  /** Another one that it is to be linked with, always; it has been up before. */
  readonly dials?: StoreDevice;
}

export class StoreDevice {
  readonly home: string;
  /** To be bound. */
  readonly folder: string;
  readonly #options: StoreDeviceOptions;
  readonly #listen: string;
  #node: string | undefined;
  #host: StoreHost | undefined;

  private constructor(options: StoreDeviceOptions, listen: string) {
    const { root, name } = options;
    this.#options = options;
    this.#listen = listen;
    this.home = join(root, `home-${name}`);
    this.folder = join(root, name);
    for (const path of [this.home, this.folder]) mkdirSync(path);
  }

  /** It is up when this resolves. */
  static async create(options: StoreDeviceOptions): Promise<StoreDevice> {
    const device = new StoreDevice(options, `tcp://127.0.0.1:${await freePort()}`);
    await device.start();
    return device;
  }

  get name(): string {
    return this.#options.name;
  }

  get isUp(): boolean {
    return this.#host !== undefined;
  }

  /** How long it took until its storage was open, in ms, from the start of the process. */
  async start(): Promise<number> {
    const beganMs = performance.now();
    this.launch();
    await this.ready();
    return performance.now() - beganMs;
  }

  /** Without waiting for anything. */
  launch(): void {
    const { name, holdsFolders, mode, dials } = this.#options;
    this.#host = StoreHost.launch({
      name,
      home: this.home,
      listen: this.#listen,
      ...(holdsFolders !== undefined && { holdsFolders }),
      ...(mode && { mode }),
      ...(dials && { dial: { address: dials.#listen, expected: dials.#nodeId() } }),
    });
  }

  async ready(): Promise<void> {
    this.#node = await this.#running().ready;
  }

  call<Answer>(call: StoreHostCall): Promise<Answer> {
    return this.#running().call<Answer>(call);
  }

  status(): Promise<StoreHostStatus> {
    return this.#running().status();
  }

  /** Without a goodbye. */
  async kill(): Promise<void> {
    const host = this.#host;
    this.#host = undefined;
    await host?.kill();
  }

  async stop(): Promise<void> {
    const host = this.#running();
    this.#host = undefined;
    await host.stop();
  }

  #running(): StoreHost {
    if (this.#host === undefined) throw new Error(`${this.name} is not up`);
    return this.#host;
  }

  #nodeId(): string {
    if (this.#node === undefined) throw new Error(`${this.name} has never been up`);
    return this.#node;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  server.close();
  await once(server, "close");
  return address.port;
}
