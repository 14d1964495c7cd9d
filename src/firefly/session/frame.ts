// The frames of Firefly. A packet of the pipe is a sequence of whole frames; a frame begins with one byte:
//
//   bits 0..4   op                      bits 5..7   flags, by op
//
// Numbers are LEB128 varints below 2^32 unless it says otherwise. [x] is there if the flag is set.
//
//   HELLO      magic "FF" | version | calls | callBytes | streams | [root: interface]                  flag 5: root
//   CALL, ASK  call | target | interface | method | [deadlineMs] | payload | [table]
//                flag 5: the target is an answer, else an export; flag 6: table; flag 7: deadline
//                ASK: the answer is kept until FINISH, so that calls can be made on what is in it
//                target: export id, or call id and path (count, field numbers)
//   RETURN     call | payload | [table]                                    flag 5: the payload is an error; 6: table
//   FINISH     call
//   RELEASE    export | count
//   DISEMBARGO number                                                      flag 5: the echo
//   DATA       stream | payload | [table]                                                               flag 6: table
//   END        stream | [payload]                                          flag 5: with an error as payload
//   CREDIT     stream | bytes
//   STOP       stream
//   GOAWAY     payload (an error)
//
//   payload    length (u24, little-endian) | bytes
//   table      count | entry...      the capabilities and streams that the payload refers to by index
//   entry      kind (byte) | ...     0 export: id, interface       an object of the sender
//                                    1 import: id                  an object of the receiver
//                                    2 answer: call id, path       an object in a result that the receiver owes
//                                    3 stream: id                  DATA follows from the sender
//   interface  number | [tagged hash, 33 bytes: if the number is the first not used yet in this direction]
//   error      kind | op | target | message                        texts: length, UTF-8
//
// docs/firefly.md has the reason of each frame, and test vectors.

export const version = 1;
export const magic = [0x46, 0x46] as const;
/** The tagged hash of an interface: one byte of suite tag (sha2-256) and 32 of digest. */
export const interfaceHashBytes = 33;

export const op = {
  hello: 0,
  call: 1,
  ask: 2,
  return: 3,
  finish: 4,
  release: 5,
  disembargo: 6,
  data: 7,
  end: 8,
  credit: 9,
  stop: 10,
  goaway: 11,
  // Kept free for what comes later: 12 RESOLVE, 13 WANT, 14 TEACH, 15 INTRODUCE, 16 ACCEPT, 17 PROGRAM, 18 PING.
} as const;

export const flag = {
  /** HELLO */
  root: 0x20,
  /** CALL */
  toAnswer: 0x20,
  /** RETURN, END */
  error: 0x20,
  /** DISEMBARGO */
  echo: 0x20,
  /** CALL, RETURN, DATA */
  table: 0x40,
  /** CALL */
  deadline: 0x80,
} as const;

export const entry = { export: 0, import: 1, answer: 2, stream: 3 } as const;

/** What a peer may use before its HELLO has come: every implementation allows at least this. */
export const floor = { calls: 1024, callBytes: 32 * 1024 * 1024, streams: 64 } as const;
