// What a transport of Node is, and what can be set for all of them.

import type { Address, Listener, Pipe } from "#glow";

export interface NodeNetworkOptions {
  /**
   * Sends WebSocket messages under a mask of zeros when dialling, which is five times faster. The mask of RFC 6455
   * (10.3) keeps no secret: it stops whoever chooses the payload from choosing the bytes that proxies on the way see.
   * Set it where payloads are encrypted, so that nobody chooses those.
   */
  readonly zeroMask?: boolean;
  /** How long a dial waits; `transportLimits.dialMs`. */
  readonly dialMs?: number;
  /** How long an acceptor waits for a handshake; `transportLimits.handshakeMs`. */
  readonly handshakeMs?: number;
  /** Handshakes of one listener at once; `transportLimits.handshakes`. */
  readonly handshakes?: number;
  /** How long a closed pipe waits for its peer; `transportLimits.closeMs`. */
  readonly closeMs?: number;
}

export type TransportOptions = Required<NodeNetworkOptions>;

/** One scheme of addresses. */
export interface Transport {
  dial(address: Address, options: TransportOptions, signal: AbortSignal | undefined): Promise<Pipe>;
  listen?(address: Address, options: TransportOptions, accept: (pipe: Pipe) => void): Promise<Listener>;
}
