// How fast a binding goes about its work, and in what portions: no limits on what others may do, but measured figures, which
// anybody may change without breaking anything.

const KiB = 1024;
const MiB = 1024 * KiB;

export const bindingPace = {
  /** How long a new binding waits for the rules that the drive has, before it goes on without them. */
  ignoreWaitMs: 10_000,
  /** What goes together: entries, and bytes of files. One change of the drive, or one call of the folder's worker. */
  groupEntries: 256,
  groupBytes: 8 * MiB,
  /** Groups on their way into the drive at once, besides large files, each of which is a group. */
  groups: 4,
  largeGroups: 2,
  /** Groups that are being written into the folder at once. */
  applyGroups: 2,
  /** Parts of large files that are written while others come, and how many of them at once. */
  draftBytes: 8 * MiB,
  draftLanes: 2,
  /** Parts of one of them whose chunks are asked for before all others: far fewer chunks than may be wanted at once. */
  draftsAhead: 32,
  /** Bytes that are put into packs in one go. */
  putBytes: 4 * MiB,
  /** Chunks that are named in one change of the drive; of a larger file, more come in changes before. */
  chunksPerChange: 16_384,
  /** Chunks of a large file that are read at once, before it is replaced. */
  rescueChunks: 16,
  /** Rows, and entries of the drive, that are read at once. */
  rowsPerRead: 1024,
  entriesPerRead: 1024,
  /** Versions of a file among which one looks for what the folder has of it. */
  pastVersions: 256,
  /** Names that are looked for in the drive one by one; of more, the whole folder is listed. */
  singleFinds: 16,
  /** Folders that are looked at in one go. */
  foldersPerScan: 64,
  /** Names that are looked at one by one in a folder; of more, the whole folder is listed. */
  namesPerFolder: 64,
  /** How long changes are gathered before one looks. */
  gatherMs: 2,
  /** Entries of a folder for which one rests a ms before looking again, and the longest rest. */
  entriesPerRestMs: 50,
  mostRestMs: 2_000,
  /** How long a file is left alone before it is taken: at first, and at most, while it keeps changing. */
  firstQuietMs: 25,
  quietMs: 500,
  /** The same for a large one. */
  firstLargeQuietMs: 100,
  largeQuietMs: 4_000,
  /** A file that changes again within so many times that, since it was taken, keeps changing. */
  restFactor: 8,
  /** How long something is missing before it counts as removed, as it may turn up elsewhere; at most, while all is in flux. */
  missingMs: 150,
  mostMissingMs: 1_000,
  /** When something that failed is tried again: at first, and at most; it doubles each time. */
  firstRetryMs: 100,
  /** After so many failures in a row people are told also of what seemed to need only another look. */
  untoldFailures: 8,
  /** How often one looks whether a folder that is not the bound one has become it again. */
  heldMs: 2_000,
  /** How often all of the drive is compared again at most because something was not as it was expected, and how many times as long as that takes is rested. */
  checkMs: 1_000,
  checkRest: 50,
  /** Paths whose answers the rules remember. */
  ignoreCachePaths: 16_384,
  /** Folders whose paths are remembered. */
  cachedPaths: 16_384,
  /** Files that wait for content, or are being written. */
  placements: 4096,
  /** Objects of the drive that are to be looked at; of more, all are. */
  dirtyObjects: 65_536,
  /** Names on the way to something. */
  pathNames: 1024,
  /** What a link points at, in UTF-8. */
  targetBytes: 4095,
} as const;
