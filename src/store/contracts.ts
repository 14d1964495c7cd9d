// What the parts of the store are to one another, and to the rest of a node: types only, re-exported by src/glow.ts.
//
//   log          batches and packs of chunks on a Disk that fails: the truth;
//   space        signed batches of a space's members, and the keys that open them;
//   content      content cut into chunks, each compressed, sealed, and named by the hash of what is stored;
//   replication  two holders of a space become alike;
//   drive        a tree of files seen in a space's entries;
//   binding      a drive's folder and a folder of this machine, kept the same.
//
// A *holder* keeps a space's batches and blobs; to verify and to serve them it needs no keys. A *member* has keys, and
// sees entries. What the bytes look like is in docs/storage.md.

export type * from "./contracts/ids.ts";
export type * from "./contracts/log.ts";
export type * from "./contracts/space.ts";
export type * from "./contracts/content.ts";
export type * from "./contracts/replication.ts";
export type * from "./contracts/drive.ts";
export type * from "./contracts/folder.ts";
