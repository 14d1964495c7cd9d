// A socket of multicast DNS on one interface (RFC 6762), over IPv4. Each interface has its own, since a socket sends
// multicasts to one interface only. All are bound to 0.0.0.0, as on Linux a socket bound to an interface's address gets
// no multicasts at all; so each hears all interfaces, and takes what comes from the networks of its own.

import { createSocket, type RemoteInfo } from "node:dgram";
import multicastDns from "multicast-dns";
import { GlowError } from "#base/errors.ts";
import { discoveryLimits } from "#base/limits.ts";
import type { NetworkInterface } from "./interface-watch.ts";
import { type IncomingPacket, onLink, type OutgoingQuery, type OutgoingResponse } from "./multicast-records.ts";

export interface PortReceiver {
  /** It hears, and can be heard: called once, later than the call that opened it. */
  ready(): void;
  /** `source` is an IP address on the interface's networks. Must not throw. */
  query(query: IncomingPacket, source: string): void;
  response(response: IncomingPacket, source: string): void;
  /** It does not work, or no longer: to be closed, and perhaps opened again later. Called at most once. */
  failed(error: GlowError): void;
}

export interface MulticastPort {
  query(query: OutgoingQuery): void;
  respond(response: OutgoingResponse): void;
  /** Resolves when what was sent has left and the socket is closed. Nothing is received after the call. */
  close(): Promise<void>;
}

export type OpenPort = (networkInterface: NetworkInterface, receiver: PortReceiver) => MulticastPort;

/** UDP port and group of RFC 6762; tests use others, so as not to meet the neighbours of the machine they run on. */
export interface MulticastGroup {
  readonly port: number;
  readonly address: string;
}

export const multicastDnsGroup: MulticastGroup = { port: 5353, address: "224.0.0.251" };

/** The interface must have an IPv4 address. */
export function openPort(
  networkInterface: NetworkInterface,
  receiver: PortReceiver,
  group: MulticastGroup = multicastDnsGroup,
): MulticastPort {
  const own = networkInterface.addresses.find(({ family }) => family === "ipv4")?.address;
  if (own === undefined) {
    throw new GlowError("invalid", "multicast.open", {
      target: networkInterface.name,
      message: "it has no IPv4 address",
    });
  }
  return new UdpMulticastPort(networkInterface, own, group, receiver);
}

class UdpMulticastPort implements MulticastPort {
  readonly #dns: multicastDns.MulticastDNS;
  readonly #name: string;
  #receiver: PortReceiver | undefined;
  #sending: Promise<void>[] = [];

  constructor(networkInterface: NetworkInterface, own: string, group: MulticastGroup, receiver: PortReceiver) {
    this.#name = networkInterface.name;
    this.#receiver = receiver;
    // Shared with whatever else on this machine speaks multicast DNS (Avahi, systemd-resolved): they set the same.
    const socket = createSocket({ type: "udp4", reuseAddr: true });
    const { port, address: ip } = group;
    this.#dns = multicastDns({ socket, interface: own, bind: "0.0.0.0", port, ip });
    // The library reads whatever comes; this looks at it first.
    const read = socket.listeners("message") as ((message: Uint8Array, from: RemoteInfo) => void)[];
    socket.removeAllListeners("message");
    const isOnLink = onLink(networkInterface);
    socket.on("message", (message, from) => {
      if (isOnLink(from.address) && isWorthReading(message)) for (const each of read) each(message, from);
    });
    this.#dns.on("query", (query: IncomingPacket, from: RemoteInfo) => this.#receiver?.query(query, from.address));
    this.#dns.on("response", (response: IncomingPacket, from: RemoteInfo) => {
      this.#receiver?.response(response, from.address);
    });
    this.#dns.on("ready", () => this.#receiver?.ready());
    this.#dns.on("error", (error: Error) => this.#fail(error));
    this.#dns.on("warning", (error: Error) => {
      // A system call that failed, such as joining the group; the others are packets that make no sense.
      if ("syscall" in error) this.#fail(error);
    });
  }

  query(query: OutgoingQuery): void {
    this.#send((done) => this.#dns.query(query, done));
  }

  respond(response: OutgoingResponse): void {
    this.#send((done) => this.#dns.respond(response, done));
  }

  async close(): Promise<void> {
    this.#receiver = undefined;
    await Promise.all(this.#sending);
    await new Promise<void>((resolve) => this.#dns.destroy(() => resolve()));
  }

  #send(begin: (done: (error?: Error | null) => void) => void): void {
    const sent = new Promise<void>((resolve) => {
      begin((error) => {
        resolve();
        if (error instanceof Error) this.#fail(error);
      });
    });
    this.#sending.push(sent);
    void sent.then(() => {
      this.#sending = this.#sending.filter((each) => each !== sent);
    });
  }

  #fail(cause: Error): void {
    const receiver = this.#receiver;
    this.#receiver = undefined;
    receiver?.failed(
      new GlowError("unavailable", "multicast.open", {
        target: this.#name,
        message: `neighbours can't be searched on ${this.#name}: ${cause.message}; it is tried again`,
        cause,
      }),
    );
  }
}

/** The library makes arrays of the lengths that a packet's head claims: these are looked at before. */
function isWorthReading(message: Uint8Array): boolean {
  if (message.length < 12 || message.length > discoveryLimits.packetBytes) return false;
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const records = [4, 6, 8, 10].reduce((sum, at) => sum + view.getUint16(at), 0);
  return records <= discoveryLimits.packetRecords;
}
