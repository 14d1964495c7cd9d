// Messages of resumable pipes in words, read as docs/resumable-pipe.md says and with none of the implementation's code, so
// that the document is checked too.

const names = ["", "HELLO", "WELCOME", "ABORT", "PART", "PACKET", "END", "ACK", "PING", "PONG"];
const fields: Readonly<Record<string, readonly string[]>> = {
  HELLO: ["version", "attempt", "window"],
  WELCOME: ["version", "window", "token", "received"],
  ABORT: ["kind"],
  ACK: ["received"],
  PING: ["number"],
  PONG: ["number"],
};

export function messageText(message: Uint8Array): string {
  const name = names[message[0] ?? 0] ?? "";
  if (name === "PART" || name === "PACKET") return `${name} of ${message.length - 1} bytes`;
  let at = 1;
  const number = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++] as number;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return String(value);
    }
  };
  const token = () => message.subarray(at, (at += 16)).toHex();
  let text = name;
  let known = fields[name] ?? [];
  for (let i = 0; i < known.length; i++) {
    const field = known[i] as string;
    const value = field === "token" ? token() : number();
    text += ` ${field}=${value}`;
    if (name === "HELLO" && field === "attempt" && value !== "0") known = [...known, "token", "received"];
  }
  if (at !== message.length) throw new Error(`${text} and ${message.length - at} bytes more`);
  return text;
}
