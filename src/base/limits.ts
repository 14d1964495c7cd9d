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

/**
 * Limits of routing. `messageBytes`, `recordsPerMessage` and `hops` are the same for all (protocol); the others each
 * node sets for itself.
 */
export const routingLimits = {
  /** One message, read or written (protocol): so that nothing urgent waits behind it for long. */
  messageBytes: 16 * KiB,
  /** Records in one message (protocol). */
  recordsPerMessage: 512,
  /** Hops of a route (protocol), and of a request for a newer sequence. */
  hops: 64,
  /** Destinations known at once, those out of reach for a short time included. Neighbours come on top. */
  destinations: 8192,
  /** Destinations that one neighbour may have brought in, at once. */
  destinationsPerNeighbour: 4096,
  /** New signatures of one neighbour that are verified: at once, and then every second (a tenth of a slow core). */
  verificationBurst: 1024,
  verificationsPerSecond: 500,
  /** Bytes of one neighbour's messages that wait for that. */
  backlogBytes: 1 * MiB,
  /** What is not urgent leaves this much after the last message, at the earliest. */
  paceMs: 15,
  /** New sequences of one node: at once, and then one each time this has passed. */
  sequenceBurst: 16,
  sequenceEveryMs: 1000,
  /** Destinations for which a newer sequence is asked for at once. */
  pendingRequests: 1024,
  /** Requests of one neighbour that are heard: at once, and then every second. */
  requestBurst: 1024,
  requestsPerSecond: 200,
  /** The same request is made or passed on only once in this time. */
  requestRepeatMs: 400,
  /** A request is repeated after this time, then after twice that and so on, up to the longest. */
  requestRetryMs: 500,
  requestRetryMaxMs: 30_000,
  /** How long a better way that is not safe is looked at before it is asked for. */
  requestPatienceMs: 1000,
  /** A destination is remembered so long after its last route. */
  retentionMs: 180_000,
  /** How long a neighbour may take to read what it was sent. */
  syncMs: 60_000,
  /** A neighbour is told everything again only so often. */
  resendEveryMs: 30_000,
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
  /** One message of an `AeadKey`: all of it is held until its tag has verified. Well above any packet. */
  messageBytes: 64 * MiB,
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

/** Limits of the Noise Protocol Framework (revision 34). */
export const noiseLimits = {
  /** One message (section 3). */
  messageBytes: 65_535,
  /** Messages under one key. Noise allows 2^64 - 1, of which a number holds only this many exactly. */
  nonce: 2 ** 53 - 1,
} as const;

/** Limits of the handshake of links and sessions. What is longer is refused before any key is computed. */
export const handshakeLimits = {
  /** Versions and suites that one side may offer. */
  versions: 8,
  suites: 8,
  /** The first message, the only one that anybody can send: all of the above, and a key. */
  firstMessageBytes: 160,
  /** What the layer above says to the other side under the handshake's seal. */
  helloBytes: 4 * KiB,
  /** The second and third message: hello, keys and signature. */
  messageBytes: 4 * KiB + 512,
} as const;

/** Limits of a link between two neighbours. */
export const linkLimits = {
  /** The block of one packet before it is sealed: a Noise message, tag included, is below 64 KiB. */
  blockBytes: 65_519,
  /** Bodies of relayed packets in one link packet, together. */
  bodiesBytes: 64 * KiB,
  /** Messages under one key: with 64 KiB each, 64 GiB, far below what AES-GCM bears (RFC 8446, 5.5). */
  messagesPerKey: 1_048_576,
  /** Messages of the mesh itself that wait for a neighbour who takes nothing; past it the link ends. */
  controlQueueBytes: 16 * MiB,
  /** Pieces in which a block or body may come before they are joined. */
  pieces: 64,
  /** Pings of one flush that are answered; a neighbour that sends more is cut off. */
  pongs: 16,
  /** How often each side says something if it has nothing to say, and after how many such times of silence it is dead. */
  tickMs: 300,
  silentTicks: 4,
  /** After how many ticks in which a full pipe took nothing the link ends: ten seconds. */
  stalledTicks: 33,
  /** If something else speaks against a link, it has this long to prove that it lives. Above `tickMs`. */
  doubtMs: 400,
  /** A round trip is measured every so many ticks; the smallest of the last samples counts. */
  ticksPerPing: 10,
  roundTripSamples: 8,
  /** Until one was measured. */
  assumedRoundTripMs: 50,
  /** How long both sides may take to prove who they are. */
  handshakeMs: 5_000,
  /** Pipes that are in their handshake at once, and how many are begun a second: the rest is closed unread. */
  handshakes: 256,
  handshakesPerSecond: 200,
  /** Links to one neighbour at once. */
  perNeighbour: 4,
} as const;

/** Limits of a node that forwards for others. */
export const routerLimits = {
  /** Bytes of one flow (from one node to another) that wait here; past it they are dropped. */
  flowBytes: 4 * MiB,
  /** From here on its packets are marked as congested, and their sender slows down. */
  flowMarkBytes: 1 * MiB,
  /** Bytes that wait here of all that one neighbour has sent for others. */
  neighbourBytes: 32 * MiB,
  /** What a waiting packet counts beyond its bytes. */
  packetCostBytes: 256,
  /** Flows that one neighbour has brought; past it those are forgotten of which nothing waits. */
  flows: 4096,
  /** Hops of a packet, whatever routing says. */
  hops: 64,
  /** Neighbours at once. */
  neighbours: 1024,
  /** Sessions with other nodes. */
  sessions: 4096,
  /** Session handshakes that others have begun here and not ended, how long they may take, and how many one neighbour may bring. */
  setups: 1024,
  setupMs: 10_000,
  setupsPerSecond: 100,
  /** The same for a neighbour that relays for nobody: it has only its own sessions to begin. */
  ownSetupsPerSecond: 5,
  /** Short answers to one neighbour about sessions: that one is unknown, or the same again as before. */
  setupRepliesPerSecond: 200,
  /** How often a second a neighbour may choose another link for routing, each time to be told everything anew. */
  routingStarts: 10,
  /** How long a session waits for a route, and first for an answer: each time twice as long, until another way is tried. */
  routeWaitMs: 3_000,
  setupRetryMs: 150,
  /** How long a hop through which nothing comes is avoided, if there is another. */
  avoidMs: 30_000,
} as const;

/** Limits of a session between two nodes, over any number of hops. Those marked (protocol) are the same for all. */
export const meshSessionLimits = {
  /** Streams that the peer may have open here; one more is refused as `exhausted`. */
  streams: 1024,
  /** Streams that have ended here, refused ones too, of which the peer has not confirmed it; past it its packets wait. */
  endingStreams: 1024,
  /** How many streams the peer may begin before one that was lost on the way arrives; past it its packets wait. */
  streamsAhead: 16_384,
  /** A protocol's name in UTF-8 (protocol). */
  protocolBytes: 128,
  /** Why a stream or session ended, in UTF-8 (protocol). */
  reasonBytes: 512,
  /** Ranges of numbers in one acknowledgement (protocol). */
  ackRanges: 32,
  /** Ranges of received numbers that are kept; what is older than them counts as received. */
  receivedRanges: 64,
  /** Bytes of a stream that may be sent before its reader has said anything (protocol). */
  firstWindowBytes: 64 * KiB,
  /** The window a stream grows to while it is read as fast as it comes. */
  windowBytes: 4 * MiB,
  /** What a session gives to windows beyond the first ones; streams past it keep their first window. */
  sessionWindowBytes: 64 * MiB,
  /** What a piece that came too early counts beyond its bytes; twice the window bounds both. */
  pieceCostBytes: 512,
  /** Bytes of packets of all streams that have begun and not ended, where a receiver wants them whole. */
  unfinishedBytes: 64 * MiB,
  /** Bytes under way and not acknowledged: at first, at most, and what congestion leaves in any case. */
  firstCongestionBytes: 256 * KiB,
  congestionBytes: 8 * MiB,
  leastCongestionBytes: 64 * KiB,
  /** Packets under way and not acknowledged, however small. */
  packetsUnderWay: 8192,
  /** What came in is acknowledged after this time, or this many bytes, if nothing calls for it earlier. */
  ackDelayMs: 25,
  ackBytes: 128 * KiB,
  /** How long an acknowledgement is waited for before packets are sent again: first, at least, and at most. */
  firstProbeMs: 200,
  leastProbeMs: 100,
  mostProbeMs: 1_000,
  /** Waits in vain after which a path is under suspicion. */
  suspectProbes: 3,
  /** How long a session lives without a path, or with one that lets nothing through. */
  graceMs: 60_000,
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

/** Limits of identities. Those marked (format) decide what counts, and so are the same for all. */
export const identityLimits = {
  /** One signed statement (format). A revocation that names `spaces` fits. */
  statementBytes: 32 * KiB,
  /** Statements that one names as its parents (format). More heads than this are joined by several statements. */
  parents: 16,
  /** A name of a user, device or tab in UTF-8 (format). */
  nameBytes: 128,
  /** Devices of a user, revoked ones not counted: no statement that knows of so many adds another (format). */
  devices: 256,
  /** Certificates of tabs that have not run out at a statement's own time, as `devices` (format). */
  tabs: 256,
  /** Spaces that a revocation names (format). */
  spaces: 256,
  /** How long a tab's certificate may last (format): 31 days. A later expiry is not believed until it is this near. */
  tabMs: 2_678_400_000,
  /** How far the clocks of two honest devices may be apart. Expiry is judged by the clock of whoever verifies. */
  clockToleranceMs: 300_000,
  /** Statements of a user that a node holds, those of the recovery key not counted: it must be able to act on a full log. */
  statements: 4096,
  /** Statements of one author: what a stolen device can fill by itself. */
  statementsPerAuthor: 1024,
  /** Bytes of all statements of a user. */
  userBytes: 16 * MiB,
  /** Statements that wait in memory for parents that are not here yet; past it the one that waits longest goes. */
  orphans: 256,
  /** Invitations of a ledger that can still be redeemed. */
  invitations: 64,
  /** Invitations that a ledger remembers after their end, so as to say why; past it the oldest are forgotten. */
  pastInvitations: 256,
  /** An invitation: its lifetime (7 days), its code's text, and the addresses in it, of the issuer and of relays. */
  invitationMs: 604_800_000,
  invitationCodeLength: 2048,
  invitationAddresses: 4,
  /** One address in an invitation or a location record, in UTF-8. */
  addressBytes: 255,
  /** A location record, the addresses in it, and how long it may be valid (7 days). */
  locationBytes: 4096,
  locationAddresses: 8,
  locationMs: 604_800_000,
  /** Devices whose location a node remembers. */
  locations: 4096,
  /** A relay grant, and how long it may be valid (366 days). */
  relayGrantBytes: 512,
  relayGrantMs: 31_622_400_000,
  /** A device key's file; a longer one is not read. */
  deviceKeyBytes: 1024,
  /** How long a start waits for another one that is making the device key, before it counts as dead. */
  deviceKeyWaitMs: 1000,
} as const;

/** Limits of a node. */
export const nodeLimits = {
  /** Sessions open at once on one address. Each may hold what `fireflyLimits` allow. */
  sessions: 1024,
  /** Nodes of others to which this one presents a grant to relay. */
  grants: 64,
  /** How long a call between members, about who belongs to the user, may take. */
  joinMs: 20_000,
  /** Sessions of Firefly with one node, and with all who are no devices of the user. */
  sessionsPerPeer: 64,
  strangerSessions: 256,
  /** Neighbours that are no devices of the user, and how long they may take to show that they are. */
  strangers: 64,
  strangerMs: 60_000,
  /** New devices that this node brings together with who has invited them, at once, and what may pass for each. */
  introductions: 16,
  introductionBytes: 8 * MiB,
  /** Statements about a user in one call between members: each costs a signature's verification. */
  statementsPerCall: 128,
  /** How many are verified a second for one device of the user, and for all others together; ten times as many at once. */
  memberStatementsPerSecond: 400,
  strangerStatementsPerSecond: 100,
  /** A tab whose certificate lasts no longer than this asks for another: two thirds of its longest. */
  renewalMs: 1_785_600_000,
  /** How often a node looks whether a tab's certificate has run out, at least. */
  expiryCheckMs: 600_000,
  /** Spaces that a node holds because other devices of the user give them. */
  spaces: 1024,
  /** Payload of a ping of a node. */
  pingBytes: 64 * KiB,
  /** A path, and any other text that is given to a node, in characters. */
  pathLength: 65_536,
  textLength: 4096,
  /** Entries of a list of names, versions or objects in one call. */
  page: 1024,
  /** How long something may be lent: a year. */
  lentMs: 366 * 24 * 3600 * 1000,
  /** How much may be lent at once by one who holds a node. */
  lent: 1024,
  /** Devices with which one Firefly session each is kept open for those who reach them through this node. */
  reached: 256,
  /** Lines of the log that are remembered, and that wait for one who follows it. */
  logLines: 1000,
  logBacklog: 256,
  /** A line's text and each of its fields, in characters, and how many fields. */
  logTextLength: 4096,
  logFields: 32,
  /** A file of the log, and how many older ones are kept. */
  logFileBytes: 8 * MiB,
  logFiles: 4,
  /** Earlier settings that are kept; addresses to listen at. */
  pastSettings: 32,
  listenAddresses: 16,
  /** Neighbours of the local network that are told of. */
  nearby: 256,
  /** Those of them that are asked what they are called, at once. */
  greeted: 16,
  /** What a stream of changes of a drive tells of at once. */
  changes: 1024,
  /** Uploads at once, all their bytes, and how long one is kept after its last byte. */
  uploads: 256,
  uploadBytes: 256 * 1024 * MiB,
  uploadMs: 24 * 3600 * 1000,
  uploadKeyLength: 128,
  /** Characters of the paths of uploads that are listed at once: an answer is one message. */
  uploadPathsLength: 1024 * 1024,
} as const;

/** Limits of finding neighbours by multicast DNS, and of what is kept of the hints from there and elsewhere. */
export const discoveryLimits = {
  /** A packet of multicast DNS that is looked at: what RFC 6762, 17 allows. */
  packetBytes: 9000,
  /** Questions and records in it. */
  packetRecords: 256,
  /** Announcements kept for one interface; past it the one heard longest ago is forgotten. */
  sightings: 512,
  /** Of these from one host: more nodes than that are not behind one address. */
  sightingsPerHost: 16,
  /** Longest time that an announcement is believed without being heard again, in ms (RFC 6762, 10). */
  sightingMs: 120_000,
  /** One address, as text. */
  addressBytes: 256,
  /** Addresses that one source may give for a node; more are ignored. */
  addressesPerSource: 8,
  /** Addresses kept for a node, whoever gave them. */
  addressesPerNode: 32,
  /** Nodes in an address book; past it the one heard of longest ago goes that nobody asked for and nobody reached. */
  nodes: 4096,
  /** How long an address is kept after it was last told or last worked, of who is not wanted for a neighbour: a day, in ms. */
  addressMs: 86_400_000,
  /** Nodes in one message of gossip (protocol). */
  gossipNodes: 64,
  /** One message of gossip (protocol): fits 64 nodes with eight short addresses each. */
  gossipBytes: 16 * KiB,
  /** What is new is told to a neighbour at most this often: changes that a liar makes up are not multiplied. */
  gossipIntervalMs: 1_000,
} as const;

/** Limits of dialling neighbours. */
export const dialLimits = {
  /** Nodes that are wanted as neighbours at once. */
  wanted: 1024,
  /** Dials under way at once; half of them are kept for addresses that have worked before. */
  dials: 64,
  /** Of these to one node: its addresses race. */
  dialsPerNode: 3,
  /** How long one address has for itself before the next one starts beside it (RFC 8305, 5). */
  staggerMs: 250,
  /** How long one dial may take, handshake included. */
  attemptMs: 10_000,
  /** The same for an address that worked not long ago: it answers sooner, or not at all. */
  lateAttemptMs: 5_000,
  /** From one dial of an address to the next: half of this to all of it; the most doubles with each failure. */
  firstWaitMs: 100,
  /** Longest wait for an address that worked not long ago (`lateMs`), and for all others. */
  lateWaitMs: 5_000,
  coldWaitMs: 60_000,
  /** How long an address counts as one that worked not long ago. */
  lateMs: 600_000,
  /** A link that lived shorter than this counts as a failed dial. */
  stableMs: 2_000,
  /** Dials per minute to those addresses of one node that never worked: what a liar's hints can cost. */
  hintDialsPerMinute: 20,
  /** A change of the network counts at most this often, as an interface may flap. */
  networkChangeMs: 1_000,
  /** How often it is looked whether the machine has slept, and what has to be missing then: a busy one is only late. */
  sleepLookMs: 2_000,
  sleptMs: 5_000,
  /**
   * Somebody who waits for a node has it dialled at once, at most this often; who goes on waiting ever more rarely, as the
   * time doubles up to `coldWaitMs`. When nobody has waited for `calmMs`, the next one has it dialled at once again.
   */
  hurryMs: 2_000,
  calmMs: 10_000,
} as const;

/** Limits of a pool of threads. */
export const workerLimits = {
  /** Jobs that wait for a thread. */
  waitingJobs: 4096,
  /** How long a thread that has nothing to do is kept: starting one takes some tens of ms, keeping one some MB. */
  idleMs: 15_000,
  /** How long a job that was given up may go on before its thread is ended. */
  cancelMs: 5_000,
} as const;

export * from "./store-limits.ts";
export * from "./web-limits.ts";
