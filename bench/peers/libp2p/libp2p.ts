// As much of js-libp2p's interface as is used here. Its own types are there only when it is installed, and what is
// compiled must not depend on that.

/** What libp2p's modules are configured with, and hand to one another. */
type Part = object;

export interface Multiaddr {
  toString(): string;
}

/** Bytes in a list of pieces. */
type Pieces = Iterable<Uint8Array>;

export interface Stream {
  send(bytes: Uint8Array): boolean;
  addEventListener(type: "message", listener: (event: { readonly data: Uint8Array | Pieces }) => void): void;
  addEventListener(type: "drain", listener: () => void, options: { once: true }): void;
  abort(error: Error): void;
}

export interface Connection {
  readonly remoteAddr: Multiaddr;
  newStream(protocol: string, options: StreamOptions): Promise<Stream>;
  close(): Promise<void>;
}

/** Whether streams may go over relays that limit what they carry. */
interface StreamOptions {
  readonly runOnLimitedConnection: boolean;
}

export interface Libp2p {
  getMultiaddrs(): Multiaddr[];
  getConnections(): Connection[];
  dial(address: Multiaddr): Promise<Connection>;
  handle(protocol: string, handler: (stream: Stream) => void, options: StreamOptions): Promise<void>;
  addEventListener(type: "self:peer:update", listener: () => void): void;
  removeEventListener(type: "self:peer:update", listener: () => void): void;
}

interface Modules {
  readonly createLibp2p: (options: object) => Promise<Libp2p>;
  readonly tcp: () => Part;
  readonly noise: () => Part;
  readonly yamux: () => Part;
  readonly identify: () => Part;
  readonly circuitRelayTransport: () => Part;
  readonly circuitRelayServer: (options: { reservations: { applyDefaultLimit: boolean } }) => Part;
  readonly multiaddr: (text: string) => Multiaddr;
}

/** What they are called in `package.json`. */
const packageNames = [
  "libp2p",
  "@libp2p/tcp",
  "@libp2p/noise",
  "@libp2p/yamux",
  "@libp2p/identify",
  "@libp2p/circuit-relay-v2",
  "@multiformats/multiaddr",
];

export async function loadModules(): Promise<Modules> {
  const modules = await Promise.all(packageNames.map((name): Promise<Partial<Modules>> => import(name)));
  return Object.assign({}, ...modules) as Modules;
}
