// Reads packets frame by frame, from docs/firefly.md alone: it shares no code with the implementation, so that the
// page, the vectors and the implementation hold each other to account.

const ops = [
  "HELLO",
  "CALL",
  "ASK",
  "RETURN",
  "FINISH",
  "RELEASE",
  "DISEMBARGO",
  "DATA",
  "END",
  "CREDIT",
  "STOP",
  "GOAWAY",
];
const entryKinds = ["export", "import", "answer", "stream"];

/** One side's frames as text. It has to see all packets of that side, as interfaces are numbered as they come. */
export class FrameText {
  readonly #interfaces: string[] = [];
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;

  packet(bytes: Uint8Array): string[] {
    this.#bytes = bytes;
    this.#at = 0;
    const frames: string[] = [];
    while (this.#at < bytes.length) frames.push(this.#frame());
    return frames;
  }

  #frame(): string {
    const first = this.#byte();
    const name = ops[first & 31];
    if (name === undefined) throw new Error(`op ${first & 31}`);
    const flag = (mask: number): boolean => (first & mask) !== 0;
    return [name, ...this.#fields(name, flag)].join(" ");
  }

  #fields(name: string, flag: (mask: number) => boolean): string[] {
    switch (name) {
      case "HELLO": {
        if (this.#byte() !== 0x46 || this.#byte() !== 0x46) throw new Error("magic");
        const limits = `version=${this.#varint()} calls=${this.#varint()} callBytes=${this.#varint()} streams=${this.#varint()}`;
        return flag(0x20) ? [limits, `root=${this.#interface()}`] : [limits];
      }
      case "CALL":
      case "ASK": {
        const id = `call=${this.#varint()}`;
        const target = flag(0x20) ? `answer=${this.#varint()}${this.#path()}` : `export=${this.#varint()}`;
        const method = `interface=${this.#interface()} method=${this.#varint()}`;
        const deadline = flag(0x80) ? [`deadlineMs=${this.#varint()}`] : [];
        return [id, target, method, ...deadline, this.#payload(), ...this.#table(flag(0x40))];
      }
      case "RETURN":
        return [`call=${this.#varint()}`, flag(0x20) ? this.#error() : this.#payload(), ...this.#table(flag(0x40))];
      case "DATA":
        return [`stream=${this.#varint()}`, this.#payload(), ...this.#table(flag(0x40))];
      case "END":
        return [`stream=${this.#varint()}`, ...(flag(0x20) ? [this.#error()] : [])];
      case "RELEASE":
        return [`export=${this.#varint()} count=${this.#varint()}`];
      case "CREDIT":
        return [`stream=${this.#varint()} bytes=${this.#varint()}`];
      case "DISEMBARGO":
        return [`number=${this.#varint()}${flag(0x20) ? " echo" : ""}`];
      case "GOAWAY":
        return [this.#error()];
      case "STOP":
        return [`stream=${this.#varint()}`];
      default:
        return [`call=${this.#varint()}`];
    }
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new Error("the packet ends within a frame");
    return byte;
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#byte();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  }

  #take(length: number): Uint8Array {
    if (this.#at + length > this.#bytes.length) throw new Error("the packet ends within a frame");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  #interface(): string {
    const number = this.#varint();
    if (number > this.#interfaces.length) throw new Error(`interface ${number}`);
    if (number === this.#interfaces.length) this.#interfaces.push(this.#take(33).toHex());
    return `${number}:${this.#interfaces[number]?.slice(2, 10)}`;
  }

  #path(): string {
    let path = "";
    for (let steps = this.#varint(); steps > 0; steps--) path += `.${this.#varint()}`;
    return path;
  }

  #bytesOfPayload(): Uint8Array {
    return this.#take(this.#byte() + this.#byte() * 256 + this.#byte() * 65_536);
  }

  #payload(): string {
    return `payload=${this.#bytesOfPayload().toHex()}`;
  }

  #error(): string {
    const payload = this.#bytesOfPayload();
    const outer = { bytes: this.#bytes, at: this.#at };
    this.#bytes = payload;
    this.#at = 0;
    const kind = this.#varint();
    const texts = [0, 1, 2].map(() => new TextDecoder().decode(this.#take(this.#varint())));
    if (this.#at !== payload.length) throw new Error("bytes behind an error");
    this.#bytes = outer.bytes;
    this.#at = outer.at;
    return `error=${kind} ${texts.map((text) => JSON.stringify(text)).join(" ")}`;
  }

  #table(isThere: boolean): string[] {
    if (!isThere) return [];
    const entries: string[] = [];
    for (let count = this.#varint(); count > 0; count--) {
      const kind = entryKinds[this.#byte()];
      const id = this.#varint();
      if (kind === "export") entries.push(`export ${id} interface=${this.#interface()}`);
      else if (kind === "answer") entries.push(`answer ${id}${this.#path()}`);
      else entries.push(`${kind} ${id}`);
    }
    return [`table=[${entries.join(", ")}]`];
  }
}
