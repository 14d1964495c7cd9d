// Every limit of the store, each with its reason: a part of src/base/limits.ts, by which it is imported.

const KiB = 1024;
const MiB = 1024 * KiB;

/** Limits of the platforms' indexes, the same on all so that what one takes every other takes. */
export const indexLimits = {
  /** An index's name. */
  nameBytes: 64,
  /** One key: a prefix, a space, an object, and the longest name of a file. */
  keyBytes: 1024,
  /** One value. What is larger belongs into a file of the Disk. */
  valueBytes: 1 * MiB,
  /** Changes in one write, and bytes of their keys and values: they are held twice until it is over. */
  changesPerWrite: 262_144,
  writeBytes: 64 * MiB,
  /** Keys of one read. */
  keysPerRead: 262_144,
  /** Rows that one range may ask for. */
  rowsPerRange: 65_536,
  /** Keys and values of one answer, to a read or a range. */
  answerBytes: 64 * MiB,
  /** Rows that were read or written lately and are held in memory, with their keys. */
  cacheBytes: 16 * MiB,
  /** One index on disk: a defect above it must not fill the disk. A hundred million rows. */
  fileBytes: 32 * 1024 * MiB,
} as const;

/** Limits of a space. Those marked (format) decide what is a batch, and so are the same for all. */
export const spaceLimits = {
  /** One batch, parts included (format). */
  batchBytes: 8 * MiB,
  /** Parts of a batch, and batches that it names as its parents (format). More heads are joined by several batches. */
  parts: 256,
  parents: 64,
  /** Heads of the user's statements that a batch names (format). */
  members: 64,
  /** Incarnations of an author (format): each has a position of its own. */
  incarnations: 256,
  /** A kind of typed store, in UTF-8 (format). */
  typeBytes: 64,
  /** A page of entries in clear (format). Also what a packed one may become. */
  pageBytes: 256 * KiB,
  /** Entries, placements and blob offers of one batch, each (format): what they change in an index must fit one write. */
  entries: 32_768,
  /** An entry's value (format), the entries that it replaces (format), and the highest register. */
  valueBytes: 64 * KiB,
  replaces: 256,
  register: 255,
  /** Keys that one batch wraps for devices (format). */
  grants: 1024,
  /** Keys of a space, and hosts, that are heeded; later ones are not. */
  keys: 4096,
  hosts: 256,
  /** Batches of one author that wait for others, and their bytes; all that are no members count as one author. */
  waitingBatches: 1024,
  waitingBytes: 64 * MiB,
  /** Batches of one author that are kept and do not count, and their bytes; again all strangers count as one. */
  quarantinedBatches: 4096,
  quarantinedBytes: 64 * MiB,
  /** Forks that are shown; there may be more. */
  forks: 256,
  /** Batches, and their bytes, that were brought and wait for their turn, in memory. */
  queuedBatches: 16_384,
  queuedBytes: 128 * MiB,
  /** Of these so many are taken in at once, with one write to the log and one to the index. */
  groupBatches: 128,
  groupBytes: 8 * MiB,
  /** Rows that work on a whole space takes at a time; in between, others have their turn. */
  pageRows: 256,
  /** Missing blobs that are looked for at a time, and those that are looked at to tell which batches they are of. */
  missingRows: 4096,
  countedBlobs: 65_536,
  /** A reader grants keys to new devices, and begins a new epoch, after a wait up to this: another one may do it first. */
  grantDelayMs: 2_000,
  /** The same for building on what else would not count for ever: see `Standing`. */
  coverDelayMs: 20_000,
  /** How long a duty that failed (the disk was full) waits before it is tried again. */
  dutyRetryMs: 30_000,
  /** Batches that are remembered for offering one blob that is missing here; of more the first count. */
  offersPerBlob: 64,
} as const;

/** Limits of replication. Those marked (protocol) are the same for all. */
export const replicationLimits = {
  /** Positions in one message (protocol): they fit into one item of a stream. */
  positions: 2048,
  /** Batches whose blobs a holder says that it lacks (protocol); who lacks those of more says nothing of completeness. */
  lackingBatches: 1024,
  /** Ranges whose fingerprints are asked for in one call, and hashes with which one range is answered (protocol). */
  ranges: 256,
  rangeHashes: 4096,
  /** Batches, and blobs, that are asked for in one call (protocol). */
  batchesPerCall: 1024,
  blobsPerFetch: 1024,
  /** One blob (protocol). No chunk is larger. */
  blobBytes: 16 * MiB,
  /** Of one peer: spaces it follows here, calls that bring blobs, and all other calls, at once. */
  follows: 1024,
  fetches: 64,
  calls: 256,
  /** Ids, hashes and ranges that one peer may have looked up: at once, and then every second. */
  lookupBurst: 262_144,
  lookupsPerSecond: 65_536,
  /** Batches that wait for a follower that reads slowly, and their bytes; past either it goes on from the log. */
  feedBatches: 1024,
  feedBytes: 4 * MiB,
  /** Batches of one peer that are being taken in at once, and their bytes. */
  takes: 256,
  takesBytes: 16 * MiB,
  /** What a peer may say that brings nothing new: at once, and then every second. The rest waits to be read. */
  idleNewsBurst: 4096,
  idleNewsPerSecond: 256,
  /** Ranges that one comparison of fingerprints asks for beyond what sets and differences of their sizes explain. */
  comparedRanges: 4096,
  /** Blobs that somebody waits for. */
  wanted: 65_536,
  /** Missing blobs that are in memory to be asked for; the others are in the index. */
  queuedBlobs: 8192,
  /** Bytes asked of one peer and not come yet: at first, at least and at most. */
  firstWindowBytes: 1 * MiB,
  leastWindowBytes: 256 * KiB,
  windowBytes: 16 * MiB,
  /** The same of all peers together, and what has come and is not put yet. */
  inFlightBytes: 64 * MiB,
  /** Bytes that were put and are not durable. */
  unsyncedBytes: 64 * MiB,
  /** How long a peer may say nothing while something is awaited of it. */
  stallMs: 20_000,
  /** How long a peer that gave wrong bytes is not asked for any: at first, and, doubled each time, at most. */
  avoidMs: 60_000,
  longestAvoidMs: 3_600_000,
  /** From one attempt to follow a peer to the next: at first and, doubled each time, at most. */
  retryMs: 250,
  longestRetryMs: 60_000,
  /** Peers of one space at once. */
  peers: 1024,
} as const;

/** Limits of content. Those marked (format) are the same for all: what is past them is never written, and not read. */
export const contentLimits = {
  /** One content (format): 16 TiB. */
  contentBytes: 2 ** 44,
  /** One chunk in clear (format), whatever sizes a space has chosen. */
  chunkBytes: 4 * MiB,
  /** The least that a space may choose as its chunks' average size (format): below it names weigh more than content. */
  leastAverageBytes: 4 * KiB,
  /** Chunks that an entry names itself (format); of more than these there are lists. */
  inlineChunks: 32,
  /** Entries of a list but the last of its level (format): at least and at most. */
  leastListEntries: 64,
  listEntries: 1024,
  /** Levels of lists (format): so many of the shortest ones name more of the shortest chunks than a content can have. */
  depth: 8,
  /** Chunks that a reader asks for before it has come to them, and their bytes: what it holds at most, but for one chunk. */
  readAheadChunks: 16,
  readAheadBytes: 8 * MiB,
  /** What a writer gathers before it has chunks cut from it: in this thread, and in another. */
  inlineBlockBytes: 1 * MiB,
  workerBlockBytes: 4 * MiB,
} as const;

/** Limits of the log of batches and of the packs of blobs. */
export const logLimits = {
  /** A batch, and a blob. */
  recordBytes: 16 * MiB,
  /** A segment of the log, and a pack, is ended before it grows past this; a longer record has one for itself. */
  logSegmentBytes: 64 * MiB,
  packSegmentBytes: 256 * MiB,
  /** What is gathered for one write: smaller ones cost more calls, larger ones only memory. */
  runBytes: 4 * MiB,
  /** Bytes of batches that wait to be appended. */
  waitingBytes: 64 * MiB,
  /** Bytes of blobs that were put and are not durable: a put beyond it waits. */
  heldBytes: 64 * MiB,
  /** What a blob among them counts beyond its bytes: so many that they fit into one write of an index. */
  heldCostBytes: 1024,
  /** Bytes that are written before they are synced unasked: a medium that works meanwhile has less to do at the end. */
  syncBytes: 32 * MiB,
  /** Blobs that were removed, moved or found damaged, before that is synced unasked. */
  changes: 65_536,
  /** Damaged ranges that are told apart; past it those of one file count as one. */
  damages: 1024,
  /** Segments that are open for reading. */
  openFiles: 32,
} as const;

/** Limits of the platforms' compression, the same on all so that what one takes every other takes. */
export const compressionLimits = {
  /** The window of a frame (format): what RFC 8878, 3.1.1.1.2 wants every decompressor to bear. */
  windowBytes: 8 * MiB,
  /** A frame has at most one block for so many bytes that it holds (format), and so many more: each may bring tables. */
  leastBlockBytes: 1 * KiB,
  smallBlocks: 16,
} as const;

/** Limits of the folders of this machine that are bound to drives. */
export const folderLimits = {
  /** One name in UTF-8, as in a drive. */
  nameBytes: 255,
  /** A path in UTF-8. Leaves room for the folder's own path below the systems' 4096. */
  pathBytes: 3072,
  /** What lies directly in one folder: it is listed at once. A fuller one is passed over. */
  entriesPerFolder: 262_144,
  /** A page of a scan is given out when it has so many entries, or when so many folders were listed for it. */
  entriesPerPage: 2048,
  foldersPerPage: 512,
  /** Files that a thread seals before others get their turn, and their bytes; a larger one is sealed in parts. */
  filesPerSealing: 256,
  bytesPerSealing: 4 * MiB,
  /** A file whose stored bytes are asked for: they are held in memory. Larger ones back their own chunks. */
  sealedFileBytes: 64 * MiB,
  /** A part of a large file that is sealed, and one that is drafted, before others get their turn. */
  sealingPartBytes: 8 * MiB,
  draftPartBytes: 32 * MiB,
  /** Actions that are made durable together, and the bytes that are drafted for them: what a full disk wastes at most. */
  actionsPerGroup: 1024,
  bytesPerGroup: 128 * MiB,
  /** Folders that are held open while something is done in them. */
  openFolders: 64,
  /** More than this is synced as a whole file system, where there is such a call: for less it costs more. */
  singleSyncs: 8,
  /** A file that was changed less than this ago may change again with nobody seeing it: clocks of file systems tick. */
  settleMs: 20,
  /** How long changes are gathered before they are told: first, and at most, while there are more and more of them. */
  gatherFirstMs: 10,
  gatherMostMs: 250,
  /** Changed folders that are told apart; past it, anything may have changed. */
  changedFolders: 8192,
  /** Names in one of them that are told apart; past it, anything in it may have changed. */
  changedNames: 64,
  /** How often one looks whether the folder is still the one that is watched, or is there again. */
  lookMs: 2_000,
  /** How often anything may have changed: where the system can't tell all, and in any case. Multiples of `lookMs`. */
  rescanMs: 60_000,
  sweepMs: 3_600_000,
} as const;

/** Limits of a drive. Those marked (format) decide what counts, and so are the same for all. */
export const driveLimits = {
  /** A name in UTF-8, as it was given and in normal form C (format): no file system takes more. */
  nameBytes: 255,
  /** What a link points at, in UTF-8 (format): Linux takes no more. */
  targetBytes: 4095,
  /** Folders above what is made or moved. A path of all their names is longer than systems take. */
  depth: 256,
  /** Folders above what has a path at all: who moves a deep tree into a deep folder can come near it. */
  shownDepth: 1024,
  /** Steps of one change. */
  steps: 16_384,
  /** Heads of one object that lie in its row; the others are there, and told of by their number. */
  heads: 8,
  /** Objects of one name in one folder that are looked at together (format): only of these, folders show as one. */
  namesakes: 64,
  /** The name of a drive, in characters (format). */
  driveNameLength: 128,
  /** Incarnations of an author that batches remember to have known of (format): of those before they know everything. */
  incarnations: 4,
  /** Entries, versions or conflicts that one call gives; further ones are asked for by the next. */
  page: 8192,
} as const;

/** Limits of bound folders. */
export const bindingLimits = {
  /** Bindings of a node, and the record of one. */
  bindings: 256,
  recordBytes: 16 * KiB,
  /** `.glowignore`: its size, its lines, and how long one may be: each becomes a regular expression. */
  ignoreBytes: 256 * KiB,
  ignorePatterns: 4096,
  ignorePatternLength: 1024,
  /** From this size on a file backs its own chunks, and no pack has them. */
  largeBytes: 4 * MiB,
  /** Chunks of a file that is put into a folder: some 256 GiB. Each takes a KiB of memory meanwhile. */
  fileChunks: 1_048_576,
  /** How long a large file waits of which nothing is coming, before another may in its place. */
  patienceMs: 30_000,
  /** Large files of which it is kept then what was written of them; they are written anew if there are more. */
  keptDrafts: 4,
  /** Folders in which something has changed; of more, anything may have. */
  hotFolders: 4096,
  /** A file that has kept changing for so long is tried as it is. */
  restlessMs: 30_000,
  /** Files that are waited for; of more, they are taken as they are. Twice as many that failed are remembered. */
  unsettled: 16_384,
  /** What is missing at once; what is beyond it, is found missing later. */
  missing: 65_536,
  /** When something that failed is tried again: at first, and at most; it doubles each time. */
  lastRetryMs: 60_000,
  /** Problems that are listed. */
  problems: 1000,
} as const;
