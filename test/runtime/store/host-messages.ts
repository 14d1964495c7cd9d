// What a test and the program of a store's host (host.ts) say to each other, as lines of JSON. A call has a number, which
// its answer bears.

export interface StoreHostOptions {
  readonly name: string;
  readonly home: string;
  /** Where it listens. */
  readonly listen: string;
  /** Another node that it is to be linked with, always. */
  readonly dial?: { readonly address: string; readonly expected: string };
  /** Left out: it may bind folders. */
  readonly holdsFolders?: boolean;
  readonly mode?: "all" | "names";
}

export type StoreHostCall =
  | { readonly do: "createUser" }
  | { readonly do: "invite" }
  | { readonly do: "join"; readonly code: string }
  /** Answered with its DeviceId. */
  | { readonly do: "device" }
  /** Answered with the space's id. `hosts`: devices that hold it without keys. */
  | { readonly do: "createDrive"; readonly hosts?: readonly string[] }
  /** Answered when the space is here: another device has to give it. */
  | { readonly do: "awaitSpace"; readonly space: string }
  /** Answered when the drive can be read here and the folder is bound to it. */
  | { readonly do: "bind"; readonly space: string; readonly folder: string }
  /** Answered with bytes of a file of the drive, in base64; what is not here is fetched. */
  | {
      readonly do: "read";
      readonly space: string;
      readonly path: string;
      readonly offset: number;
      readonly length: number;
    }
  /** Answered with FileVersions, newest first, each read as a whole. */
  | { readonly do: "history"; readonly space: string; readonly path: string }
  /** Answered with a DriveListing. */
  | { readonly do: "list"; readonly space: string; readonly path: string }
  /** Answered when a new folder at the top of the drive holds so many small files, no two the same. */
  | { readonly do: "fill"; readonly space: string; readonly folder: string; readonly files: number }
  /** A StoreHostStatus. */
  | { readonly do: "status" }
  | { readonly do: "stop" };

export interface StoreHostStatus {
  /** Of the bindings. */
  readonly states: readonly string[];
  /** Linked, and asked for the space they hold. */
  readonly peers: number;
  readonly missingBlobs: number;
  /** What the bindings list as wrong, in words. */
  readonly problems: readonly string[];
  readonly quarantined: number;
  /** Each with its reason and path, or its id if it is not in the tree. */
  readonly conflicts: readonly string[];
  readonly forks: number;
  /** That lie in packs. */
  readonly blobs: number;
  /** All that the spaces hold is here, and every linked peer has said the same of itself. */
  readonly alike: boolean;
}

export interface FileVersion {
  readonly author: string;
  readonly head: boolean;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** How many there are in a folder, and how long it took to list them, in the host. */
export interface DriveListing {
  readonly entries: number;
  readonly firstPageMs: number;
  readonly tookMs: number;
}

export type StoreHostMessage =
  | { readonly ready: true; readonly node: string }
  | { readonly call: number; readonly answer?: unknown }
  | { readonly call: number; readonly kind: string; readonly message: string };
