// Distinguished Encoding Rules (ITU-T X.690) as far as a certificate that this machine makes needs them. They are only written
// here: what others made is read by OpenSSL, through Node.
//
//   value    tag (1 byte), length, content
//   length   0..127 in one byte; else 0x80 + number of bytes (1 or 2), and these, big-endian

/** Numbers of the tags. `set` and `sequence` are constructed. */
const tags = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  objectId: 0x06,
  text: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

const mostBytes = 0xffff;

export function value(tag: number, content: Uint8Array): Uint8Array {
  const { length } = content;
  if (length > mostBytes) throw new RangeError(`a value in DER has at most ${mostBytes} bytes here, and not ${length}`);
  const size = length < 0x80 ? [length] : length <= 0xff ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Uint8Array.of(tag, ...size, ...content);
}

export function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return value(tags.sequence, Buffer.concat(parts));
}

export function set(...parts: readonly Uint8Array[]): Uint8Array {
  return value(tags.set, Buffer.concat(parts));
}

/** `[number]` of the context: constructed, of whole values. */
export function explicit(number: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return value(0xa0 | number, Buffer.concat(parts));
}

/** `[number]` of the context: primitive, of the content of a value. */
export function implicit(number: number, content: Uint8Array): Uint8Array {
  return value(0x80 | number, content);
}

export function truth(): Uint8Array {
  return value(tags.boolean, Uint8Array.of(0xff));
}

/** Of a number that is not negative, big-endian. */
export function integer(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const shortest = bytes.subarray(start);
  return value(tags.integer, (shortest[0] ?? 0) >= 0x80 ? Uint8Array.of(0, ...shortest) : shortest);
}

/** `unused` bits at the end are not part of it. */
export function bits(bytes: Uint8Array, unused = 0): Uint8Array {
  return value(tags.bits, Uint8Array.of(unused, ...bytes));
}

export function octets(bytes: Uint8Array): Uint8Array {
  return value(tags.octets, bytes);
}

export function text(words: string): Uint8Array {
  return value(tags.text, Buffer.from(words, "utf8"));
}

/** `1.2.840.10045`: the first two numbers share a byte, each other one has seven bits to a byte. */
export function objectId(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...others] = dotted.split(".").map(Number);
  const content = [first * 40 + second];
  for (const other of others) {
    const groups = [other & 0x7f];
    for (let left = other >>> 7; left > 0; left >>>= 7) groups.unshift(0x80 | (left & 0x7f));
    content.push(...groups);
  }
  return value(tags.objectId, Uint8Array.from(content));
}

/** To the second. Up to 2049 it has two digits of the year (RFC 5280, 4.1.2.5). */
export function time(wallMs: number): Uint8Array {
  const digits = new Date(wallMs).toISOString().replace(/[-:T]|\.\d+/g, "");
  const isLate = Number(digits.slice(0, 4)) >= 2050;
  return value(isLate ? tags.generalizedTime : tags.utcTime, Buffer.from(isLate ? digits : digits.slice(2), "ascii"));
}
