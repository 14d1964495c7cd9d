// Where the servers of browser-servers.ts listen, as tests in the browser get it: `inject("browserAddresses")`.

import type { Address } from "#glow";

export interface BrowserAddresses {
  /** Hosts the sample interface of Firefly. */
  readonly firefly: Address;
  /** Likewise, over resumable pipes. */
  readonly resumable: Address;
  /** Sends every packet back. */
  readonly echo: Address;
  /** Joins every two pipes that are dialled one after the other, so that a page can hold both ends. */
  readonly pair: Address;
  /** Starts two daemons for each pipe, and hosts the object by which they are steered. */
  readonly daemons: Address;
  /** Nothing listens there. */
  readonly dead: Address;
  /** Takes the connection, and never answers the WebSocket's handshake. */
  readonly mute: Address;
  /** Sends text as soon as a WebSocket is open. */
  readonly text: Address;
  /** Sends one byte more than a packet may have. */
  readonly oversize: Address;
  /** Breaks the connection off within a message. */
  readonly broken: Address;
}

declare module "vitest" {
  export interface ProvidedContext {
    browserAddresses: BrowserAddresses;
  }
}
