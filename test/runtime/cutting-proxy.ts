// A TCP proxy that breaks what it carries after so many bytes, with much on the way. In turns it resets both sides, which
// loses even what has arrived in their systems and was not read, and closes them, which lets that through.

import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

export class CuttingProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Bytes from the dialling side after which all connections are cut, in rising order. */
  readonly #cutsAtBytes: number[];
  #carriedBytes = 0;
  #cuts = 0;

  private constructor(targetPort: number, cutsAtBytes: readonly number[]) {
    this.#cutsAtBytes = [...cutsAtBytes];
    this.#server = createServer((near) => this.#carry(near, connect(targetPort, "127.0.0.1")));
  }

  /** Listens on a port of its own choice, and passes everything on to `targetPort` of this machine. */
  static async open(targetPort: number, cutsAtBytes: readonly number[]): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(targetPort, cutsAtBytes);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get cuts(): number {
    return this.#cuts;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #carry(near: Socket, far: Socket): void {
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => this.#sockets.delete(socket));
    }
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
    near.on("data", (bytes: Buffer) => {
      this.#carriedBytes += bytes.length;
      if (this.#carriedBytes >= (this.#cutsAtBytes[0] ?? Number.POSITIVE_INFINITY)) this.#cut();
    });
    near.pipe(far);
    far.pipe(near);
  }

  #cut(): void {
    this.#cutsAtBytes.shift();
    const resets = ++this.#cuts % 2 === 1;
    for (const socket of this.#sockets) {
      if (resets) socket.resetAndDestroy();
      else socket.destroy();
    }
  }
}
