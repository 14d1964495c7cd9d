// The floor: the service written by hand for one TCP connection, with no errors, limits, versions or flow control of
// calls. What a protocol adds to this is its price.
//
//   frame  = size of the rest (u32) | op (u8) | call (u32) | payload            all numbers little-endian
//   record = id (i32) | length (u16) | name (UTF-8)
//   echo     record, answered by a record
//   put      bytes, answered by a count (u32)
//   items    count (u32), answered by frames of records; the last one has op `end`
//   first    nothing, next and value: handle (u32); answered by a u32

import { connect, createServer, type Socket } from "node:net";
import { once } from "node:events";
import { ChainTable, type Client, item, type Message, type Stack } from "./stack.ts";
import { listenOnLoopback } from "./loopback.ts";

const op = { echo: 1, put: 2, items: 3, end: 4, first: 5, next: 6, value: 7 } as const;
const headBytes = 9;
const slabBytes = 64 * 1024;
/** From this size on bytes go as they are. */
const uncopiedBytes = 4096;
const itemsPerFrame = 500;
/** A name takes at most this much of a slab. */
const nameBytes = 1024;

/** One end of the connection: frames of a turn leave in one write. */
class FramedSocket {
  readonly socket: Socket;
  #slab = Buffer.allocUnsafeSlow(slabBytes);
  #start = 0;
  #at = 0;
  #frame = 0;
  #parts: Uint8Array[] = [];
  #scheduled = false;
  #writable = true;
  #onFrame: ((op: number, call: number, bytes: Buffer, at: number, end: number) => void) | undefined;
  #chunks: Buffer[] = [];
  #haveBytes = 0;
  #needBytes = 4;

  constructor(socket: Socket) {
    this.socket = socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("error", () => socket.destroy());
  }

  onFrame(handler: (op: number, call: number, bytes: Buffer, at: number, end: number) => void): void {
    this.#onFrame = handler;
  }

  begin(code: number, call: number): void {
    this.room(64);
    this.#frame = this.#at;
    this.#slab[this.#at + 4] = code;
    this.#slab.writeUInt32LE(call, this.#at + 5);
    this.#at += headBytes;
  }

  end(uncopied?: Uint8Array): void {
    const size = this.#at - this.#frame - 4;
    this.#slab.writeUInt32LE(size + (uncopied?.length ?? 0), this.#frame);
    if (uncopied !== undefined) {
      this.#cut();
      this.#parts.push(uncopied);
    }
    if (this.#scheduled) return;
    this.#scheduled = true;
    process.nextTick(this.#flush);
  }

  /** Frames must not be split over slabs: room is made before one is begun, for all of it. */
  room(sizeBytes: number): void {
    if (this.#at + sizeBytes <= slabBytes) return;
    this.#cut();
    this.#slab = Buffer.allocUnsafeSlow(slabBytes);
    this.#start = 0;
    this.#at = 0;
  }

  u32(value: number): void {
    this.#slab.writeUInt32LE(value, this.#at);
    this.#at += 4;
  }

  bytes(bytes: Uint8Array): void {
    this.#slab.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  record(message: Message): void {
    const slab = this.#slab;
    const name = message.name;
    slab.writeInt32LE(message.id, this.#at);
    const from = this.#at + 6;
    const length = name.length;
    let i = 0;
    if (length < 40) {
      for (; i < length; i++) {
        const code = name.charCodeAt(i);
        if (code > 127) break;
        slab[from + i] = code;
      }
    }
    const written = i === length ? length : slab.write(name, from);
    slab.writeUInt16LE(written, this.#at + 4);
    this.#at = from + written;
  }

  /** Undefined, or a promise of room if what was written is not leaving fast enough. */
  flushed(): Promise<unknown> | undefined {
    this.#flush();
    return this.#writable ? undefined : once(this.socket, "drain");
  }

  #cut(): void {
    if (this.#at > this.#start) this.#parts.push(this.#slab.subarray(this.#start, this.#at));
    this.#start = this.#at;
  }

  readonly #flush = (): void => {
    this.#scheduled = false;
    this.#cut();
    const parts = this.#parts;
    if (parts.length === 0) return;
    this.#parts = [];
    if (parts.length > 1) this.socket.cork();
    for (const part of parts) this.#writable = this.socket.write(part);
    if (parts.length > 1) this.socket.uncork();
  };

  #read(chunk: Buffer): void {
    let bytes = chunk;
    if (this.#haveBytes > 0) {
      this.#chunks.push(chunk);
      this.#haveBytes += chunk.length;
      if (this.#haveBytes < this.#needBytes) return;
      bytes = Buffer.concat(this.#chunks, this.#haveBytes);
      this.#chunks = [];
      this.#haveBytes = 0;
    }
    let at = 0;
    this.#needBytes = 4;
    while (bytes.length - at >= 4) {
      const end = at + 4 + bytes.readUInt32LE(at);
      if (end > bytes.length) {
        this.#needBytes = end - at;
        break;
      }
      this.#onFrame?.(bytes[at + 4] as number, bytes.readUInt32LE(at + 5), bytes, at + headBytes, end);
      at = end;
    }
    if (at === bytes.length) return;
    this.#chunks = [bytes.subarray(at)];
    this.#haveBytes = bytes.length - at;
  }
}

function readRecord(bytes: Buffer, at: number): Message {
  const from = at + 6;
  const end = from + bytes.readUInt16LE(at + 4);
  let name = "";
  let i = from;
  if (end - from < 24) {
    for (; i < end; i++) {
      const code = bytes[i] as number;
      if (code > 127) break;
      name += String.fromCharCode(code);
    }
  }
  if (i < end) name = bytes.toString("utf8", from, end);
  return { id: bytes.readInt32LE(at), name };
}

function recordBytes(bytes: Buffer, at: number): number {
  return 6 + bytes.readUInt16LE(at + 4);
}

function serveSocket(socket: Socket): void {
  const framed = new FramedSocket(socket);
  const chains = new ChainTable();
  const answer = (call: number, value: number): void => {
    framed.begin(op.value, call);
    framed.u32(value);
    framed.end();
  };
  framed.onFrame((code, call, bytes, at, end) => {
    if (code === op.echo) {
      const message = readRecord(bytes, at);
      framed.room(headBytes + nameBytes);
      framed.begin(op.echo, call);
      framed.record(message);
      framed.end();
    } else if (code === op.put) answer(call, end - at);
    else if (code === op.items) void sendItems(framed, call, bytes.readUInt32LE(at));
    else if (code === op.first) answer(call, chains.first());
    else if (code === op.next) answer(call, chains.next(bytes.readUInt32LE(at)));
    else if (code === op.value) answer(call, chains.value(bytes.readUInt32LE(at)));
  });
}

async function sendItems(framed: FramedSocket, call: number, count: number): Promise<void> {
  for (let next = 0; next < count; ) {
    const last = Math.min(count, next + itemsPerFrame);
    framed.room(slabBytes / 2);
    framed.begin(last === count ? op.end : op.items, call);
    for (; next < last; next++) framed.record(item(next));
    framed.end();
    const drained = framed.flushed();
    if (drained !== undefined) await drained;
  }
}

class HandPackedClient implements Client {
  readonly pipelines = false;
  readonly #framed: FramedSocket;
  readonly #calls: ((code: number, bytes: Buffer, at: number, end: number) => void)[] = [];
  readonly #free: number[] = [];

  constructor(socket: Socket) {
    this.#framed = new FramedSocket(socket);
    this.#framed.onFrame((code, call, bytes, at, end) => {
      if (code !== op.items) this.#free.push(call);
      this.#calls[call]?.(code, bytes, at, end);
    });
  }

  #call(code: number, handler: (code: number, bytes: Buffer, at: number, end: number) => void): void {
    const call = this.#free.pop() ?? this.#calls.length;
    this.#calls[call] = handler;
    this.#framed.begin(code, call);
  }

  echo(message: Message): Promise<Message> {
    return new Promise((resolve) => {
      this.#framed.room(headBytes + nameBytes);
      this.#call(op.echo, (_, bytes, at) => resolve(readRecord(bytes, at)));
      this.#framed.record(message);
      this.#framed.end();
    });
  }

  put(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve) => {
      const uncopied = bytes.length >= uncopiedBytes;
      this.#framed.room(headBytes + uncopiedBytes);
      this.#call(op.put, (_, reply, at) => resolve(reply.readUInt32LE(at)));
      if (!uncopied) this.#framed.bytes(bytes);
      this.#framed.end(uncopied ? bytes : undefined);
    });
  }

  items(count: number, each: (message: Message) => void): Promise<void> {
    return new Promise((resolve) => {
      this.#call(op.items, (code, bytes, at, end) => {
        for (let next = at; next < end; next += recordBytes(bytes, next)) each(readRecord(bytes, next));
        if (code === op.end) resolve();
      });
      this.#framed.u32(count);
      this.#framed.end();
    });
  }

  #ask(code: number, handle?: number): Promise<number> {
    return new Promise((resolve) => {
      this.#call(code, (_, bytes, at) => resolve(bytes.readUInt32LE(at)));
      if (handle !== undefined) this.#framed.u32(handle);
      this.#framed.end();
    });
  }

  async dependent(): Promise<number> {
    let handle = await this.#ask(op.first);
    for (let i = 0; i < 3; i++) handle = await this.#ask(op.next, handle);
    return this.#ask(op.value, handle);
  }

  close(): void {
    this.#framed.socket.destroy();
  }
}

export const stack: Stack = {
  serve: () => listenOnLoopback(createServer(serveSocket)),
  async connect(port) {
    const socket = connect({ host: "127.0.0.1", port });
    await once(socket, "connect");
    return new HandPackedClient(socket);
  },
};
