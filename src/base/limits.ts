// Every limit of the system in one place, with its reason. Each has a test that exceeds it.

const KiB = 1024;
const MiB = 1024 * KiB;

/** Limits of the Firefly protocol. Those marked (stated) are told to the peer in HELLO. */
export const fireflyLimits = {
  /** Calls of one peer that may be unanswered at once (stated). Bounds the answer table. */
  calls: 65_536,
  /** Payload bytes of one peer's unanswered calls (stated). Bounds what parked calls can hold. */
  callBytes: 32 * MiB,
  /** One call's or result's payload; more is what streams are for. Fits the frame's 24-bit length. */
  payloadBytes: 16 * MiB - 1,
  /** Capabilities one peer may hold of us at once. Bounds the export table. */
  exports: 1_048_576,
  /** Capabilities and streams in one payload. */
  capabilitiesPerPayload: 4096,
  /** What each of them counts beyond its bytes, in calls and in streams (protocol): the memory that it takes. */
  entryCostBytes: 128,
  /** Streams one peer may have open towards us at once (stated). */
  streams: 1024,
  /** Bytes of a stream that may be sent before the reader has said anything: its first window. */
  streamFirstWindowBytes: 64 * KiB,
  /** The window a stream gets once it is read from. Bandwidth of one stream = window / round trip. */
  streamWindowBytes: 1 * MiB,
  /** What a session gives to windows beyond the first ones; streams past it keep their first window. */
  sessionWindowBytes: 64 * MiB,
  /** One item of a stream; larger data is sent as a stream of bytes. */
  streamItemBytes: 256 * KiB,
  /** A stream is cut into frames of this size, so that calls can pass in between. */
  dataFrameBytes: 16 * KiB,
  /** Interfaces one peer may name in a session. */
  binds: 1024,
  /** Elements of all lists, sets and maps in one payload: a byte of payload may become fifty of memory. */
  elementsPerPayload: 1_048_576,
  /** Steps of a path into an answer. */
  pathSteps: 8,
  /** Nesting of one value. */
  depth: 64,
  /** One packet: the largest payload and room for the frames around it. */
  packetBytes: 17 * MiB,
  /** Bytes waiting in a pipe above which streams wait and calls are no longer dispatched. */
  sendHighWaterBytes: 256 * KiB,
  /** Bytes waiting in a pipe whose peer does not read, above which the session ends. */
  sendQueueBytes: 256 * MiB,
  /** Length of an error's message, op and target on the wire, in bytes each. */
  errorTextBytes: 4 * KiB,
  /** Longest deadline: one day, in ms. A call meant to outlive it is a resource. */
  deadlineMs: 86_400_000,
} as const;

/** Limits of `ResumablePipe`. Those marked (protocol) are the same for all; the others each side sets for itself. */
export const resumableLimits = {
  /** Bytes sent and not yet acknowledged (stated); at most this is sent again after a cut. */
  windowBytes: 4 * MiB,
  /** A longer packet travels in segments of this size (protocol), so that on a slow line something whole comes often. */
  segmentBytes: 64 * KiB,
  /** What a segment counts beyond its bytes (protocol): the memory it takes. Without it, empty packets were free. */
  segmentCostBytes: 128,
  /** Bytes accepted for sending, window included; past it the pipe ends. */
  queueBytes: 256 * MiB,
  /** How long a cut pipe waits to be resumed. */
  graceMs: 60_000,
  /** Pipes of one acceptor. */
  pipes: 16_384,
  /** Pipes an acceptor holds that are cut and wait to be resumed. */
  detached: 1024,
  /** Bytes that all pipes of an acceptor hold, sent or half received; past it the one that holds most ends. */
  totalBytes: 1024 * MiB,
  /** Connections of an acceptor that have not said HELLO, and how long one may take for it. */
  handshakes: 1024,
  handshakeMs: 5_000,
  /** What came in is acknowledged after this time, if not before because it was much. */
  ackDelayMs: 25,
  /** Silence after which a ping is sent, and after which the connection counts as dead. */
  pingAfterMs: 1_000,
  deadAfterMs: 3_000,
  /** First and longest wait before dialling again; each is halved or so by jitter. */
  redialFirstMs: 50,
  redialMaxMs: 5_000,
  /** How long one attempt to resume may take, from dialling to WELCOME. */
  redialAttemptMs: 5_000,
} as const;

/** Limits of the interface language and its tools. */
export const schemaLimits = {
  /** One `.firefly` source. */
  sourceBytes: 1 * MiB,
  /** Declarations in one source. */
  declarations: 4096,
  /** Members of one declaration (fields, methods, arms), and parameters of one method. */
  members: 1024,
  /** Nesting of one type expression. */
  depth: 32,
  /** Levels of declarations in one value, where no recursion makes them unbounded (then `fireflyLimits.depth` holds). */
  nesting: 64,
  /** The highest number of a member, retired ones included: run time tables are indexed by them. */
  number: 65_535,
  /** Problems of one source that are shown; more are counted. */
  problems: 20,
  /** An identifier. */
  nameBytes: 128,
} as const;

/** Limits on deterministic CBOR from outside. */
export const cborLimits = {
  /** Arrays and maps inside one another. */
  depth: 64,
  bytes: 16 * MiB,
  /** Values in all, keys not counted: in memory the smallest, an empty map, takes 50 times its one byte. */
  items: 262_144,
} as const;

/** Limits of `Crypto` that are not given by a suite. */
export const cryptoLimits = {
  /** Key material from one derivation: 255 blocks of SHA-256 (RFC 5869, 2.3). */
  derivedBytes: 8160,
  /** The `info` of a derivation. What OpenSSL takes, so that no platform takes more than another. */
  deriveInfoBytes: 1024,
} as const;

/** An id in text form stands for at most this many bytes; a tagged 64-byte hash fits. */
export const idLimits = {
  bytes: 72,
} as const;

/** Limits of the platforms' disks, the same on all so that what one takes every other takes. */
export const diskLimits = {
  /** One name of a path, in UTF-8: what common file systems allow. */
  nameBytes: 255,
  /** A whole path in UTF-8. Leaves room for the root's own path below the systems' 4096. */
  pathBytes: 1024,
} as const;

/** Limits of the platforms' transports. */
export const transportLimits = {
  /** How long a closed pipe waits for its peer to take what was sent, and to close too. */
  closeMs: 10_000,
  /** How long a dial waits for the connection and its handshake. */
  dialMs: 20_000,
  /** How long an acceptor waits for a connection's handshake (the HTTP upgrade of a WebSocket). */
  handshakeMs: 10_000,
  /** Connections of one listener that may be in their handshake at once. */
  handshakes: 1024,
  /** A Unix socket's path: `sun_path` less its final zero, the shortest of the systems' (macOS has 104). */
  unixPathBytes: 103,
} as const;

/** Limits of the simulated world; each stops a run that would never end. */
export const simulationLimits = {
  /** Events that wait at once: timers, packets and disk operations of all nodes. */
  pendingEvents: 1_000_000,
  /** Rounds of `endOfTurn` tasks in one turn, each begun by the one before. */
  turnRounds: 10_000,
  /** Events of one run of a scenario. */
  events: 1_000_000,
  /** Events in a row for which virtual time stands still: more is a loop that will never end. */
  eventsPerInstant: 100_000,
  /** Virtual time of a world in ms: a hundred days, since nanoseconds are counted in exact integers. */
  virtualMs: 8_640_000_000,
  /** The last events that are kept in words. */
  traceLines: 256,
} as const;

/** Limits of a node. */
export const nodeLimits = {
  /** Sessions open at once on one address. Each may hold what `fireflyLimits` allow. */
  sessions: 1024,
} as const;
