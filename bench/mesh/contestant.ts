// What every stack under comparison in `bench/mesh` offers: bytes from one process to another, directly or through
// relays that know nothing of them. A stack is a module of its own, which each process of a line loads for its role.

/** Called with all bytes that come, in order, in pieces as the stack has them: they may be cut and joined anyhow. */
export type OnBytes = (piece: Uint8Array) => void;

export interface Contestant {
  /**
   * The receiver. Listens on the loopback interface, for as many channels one after the other as come, and calls
   * `onBytes` with what comes on each and the channel to answer on.
   */
  listen(onBytes: (piece: Uint8Array, from: Channel) => void): Promise<Listener>;
  /**
   * A relay. `next` is the address of the receiver, or what the relay nearer to it returned; returns the address at
   * which the receiver is reached through this relay.
   */
  relay(next: string): Promise<string>;
  /** The sender. Resolves when bytes can be written. Connects anew each time, with nothing kept of the last time. */
  connect(address: string, onBytes: OnBytes): Promise<Channel>;
}

export interface Listener {
  /** In whatever form the contestant's own `relay` and `connect` understand. */
  readonly address: string;
  /** Where the receiver has to book a place at a relay: does so, and returns the address by which it is reached then. */
  book?(relay: string): Promise<string>;
}

export interface Channel {
  /**
   * Takes bytes, which nobody changes afterwards. What leaves when, and together with what, is for the stack. False: no
   * more is to be written before `drained` has resolved.
   */
  write(bytes: Uint8Array): boolean;
  drained(): Promise<unknown>;
  /** Resolves when nothing of the connection is left at this end. */
  close(): Promise<void>;
}
