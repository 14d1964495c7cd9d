// Generated from folders.firefly by `glow idl gen`. Do not edit: edit the source and generate again.

import {
  type Awaitable,
  call,
  type CallContext,
  type CallOptions,
  type CapabilityCodec,
  type Codec,
  type Interface,
  malformed,
  type Method,
  mismatch,
  type Reader,
  type Stream,
  type StreamCodec,
  type StreamSource,
  Stub,
  type UnknownMember,
  unknownNumber,
  type Writer,
} from "#firefly/runtime.ts";
import { type Failure, readFailure, writeFailure } from "./drive.ts";

/** Folders of a node's machine, each bound to a folder of a drive: what changes in one changes in the other. */
export interface Folders {
  /** At most 256. */
  list(context?: CallContext): Awaitable<readonly FolderInfo[]>;
  /** `list`, now and when it has changed, at most four times a second. */
  watch(context?: CallContext): Awaitable<StreamSource<readonly FolderInfo[]>>;
  /**
   * Binds a folder, by its absolute path. Both may have something in them: what only one has the other gets, and where one
   * name stands for two contents both become versions. The folder of the drive is made if it is not there. `not-found` if
   * that of the machine is not, `already-exists` if it lies in a bound one or a bound one in it.
   */
  bind(path: string, drive: string, drivePath: string, context?: CallContext): Awaitable<FolderInfo>;
  /**
   * Ends it; both folders stay as they are. Folders are named by their number, as in the list, or by their path. What of the
   * drive lies in large files of the folder alone is copied before, which takes as long as that takes; where it cannot be
   * (`unavailable`, `exhausted`), it goes on, unless `abandon`: then what no other device has is lost.
   */
  unbind(folder: string, abandon?: boolean, context?: CallContext): Awaitable<void>;
  pause(folder: string, context?: CallContext): Awaitable<void>;
  resume(folder: string, context?: CallContext): Awaitable<void>;
  /** It is another folder than before, in the same place: it is to be taken for the bound one. */
  rebind(folder: string, context?: CallContext): Awaitable<void>;
  /** It is empty all of a sudden: that is meant so, and the drive is to become empty too. */
  confirmEmpty(folder: string, context?: CallContext): Awaitable<void>;
  /** Refuses a path that `bind` would refuse, before a drive is made for it. Nothing is bound. */
  check(path: string, context?: CallContext): Awaitable<void>;
}

export class FoldersStub extends Stub implements Folders {
  override get $interface(): Interface {
    return FoldersInterface;
  }

  list(options?: CallOptions): Promise<readonly FolderInfo[]> {
    return call(this, Folders$list, [], options);
  }

  watch(options?: CallOptions): Promise<Stream<readonly FolderInfo[]>> {
    return call(this, Folders$watch, [], options);
  }

  bind(path: string, drive: string, drivePath: string, options?: CallOptions): Promise<FolderInfo> {
    return call(this, Folders$bind, [path, drive, drivePath], options);
  }

  unbind(folder: string, abandon?: boolean, options?: CallOptions): Promise<void> {
    return call(this, Folders$unbind, [folder, abandon], options);
  }

  pause(folder: string, options?: CallOptions): Promise<void> {
    return call(this, Folders$pause, [folder], options);
  }

  resume(folder: string, options?: CallOptions): Promise<void> {
    return call(this, Folders$resume, [folder], options);
  }

  rebind(folder: string, options?: CallOptions): Promise<void> {
    return call(this, Folders$rebind, [folder], options);
  }

  confirmEmpty(folder: string, options?: CallOptions): Promise<void> {
    return call(this, Folders$confirmEmpty, [folder], options);
  }

  check(path: string, options?: CallOptions): Promise<void> {
    return call(this, Folders$check, [path], options);
  }
}

export interface FolderInfo {
  number: number;
  /** On the machine. */
  path: string;
  drive: string;
  driveName: string;
  /** Left out while the drive or its folder is not there. */
  drivePath?: string | undefined;
  state: FolderState;
  /** Why it does not go on. */
  error?: Failure | undefined;
  /** What does not go, path by path, at most 100, and how many there are beyond these. */
  problems: readonly FolderProblem[];
  furtherProblems: number;
  scannedFolders: number;
  scannedFiles: number;
  intoDrive: Flow;
  intoFolder: Flow;
  /** A file that is being worked on. */
  current?: string | undefined;
}

/**
 * `starting`: drive or folder are not there yet; `scanning` and `working` go on; `idle`: both are the same, but for `problems`;
 * `held`: something is to be decided or done first, as `error` says; `leaving`: `unbind` copies what only its files have.
 */
export type FolderState =
  | "starting"
  | "scanning"
  | "working"
  | "idle"
  | "held"
  | "paused"
  | "stopped"
  | "leaving"
  | UnknownMember;

/** Files and bytes that wait, and that are done since the node was started. */
export interface Flow {
  waitingFiles: number;
  waitingBytes: number;
  doneFiles: number;
  doneBytes: number;
}

export interface FolderProblem {
  path: string;
  problem: Failure;
}

// How values are packed, and what sessions need to know.

export function writeFolderInfo(writer: Writer, value: FolderInfo): void {
  if (typeof value !== "object" || value === null) throw mismatch("FolderInfo", value);
  const drivePath$ = value.drivePath;
  const error$ = value.error;
  const current$ = value.current;
  let present = 0;
  if (drivePath$ !== undefined) present |= 1;
  if (error$ !== undefined) present |= 2;
  if (current$ !== undefined) present |= 4;
  writer.u8(present);
  writer.u32(value.number);
  writer.string(value.path);
  writer.string(value.drive);
  writer.string(value.driveName);
  if (drivePath$ !== undefined) writer.string(drivePath$);
  writeFolderState(writer, value.state);
  if (error$ !== undefined) writeFailure(writer, error$);
  write$list$FolderProblem(writer, value.problems);
  writer.u32(value.furtherProblems);
  writer.f64(value.scannedFolders);
  writer.f64(value.scannedFiles);
  writeFlow(writer, value.intoDrive);
  writeFlow(writer, value.intoFolder);
  if (current$ !== undefined) writer.string(current$);
}

export function readFolderInfo(reader: Reader): FolderInfo {
  const present = reader.u8();
  if (present > 7) throw malformed("presence bits of no field");
  const number$ = reader.u32();
  const path$ = reader.string();
  const drive$ = reader.string();
  const driveName$ = reader.string();
  const drivePath$ = (present & 1) === 0 ? undefined : reader.string();
  const state$ = readFolderState(reader);
  const error$ = (present & 2) === 0 ? undefined : readFailure(reader);
  const problems$ = read$list$FolderProblem(reader);
  const furtherProblems$ = reader.u32();
  const scannedFolders$ = reader.f64();
  const scannedFiles$ = reader.f64();
  const intoDrive$ = readFlow(reader);
  const intoFolder$ = readFlow(reader);
  const current$ = (present & 4) === 0 ? undefined : reader.string();
  const value: FolderInfo = {
    number: number$,
    path: path$,
    drive: drive$,
    driveName: driveName$,
    state: state$,
    problems: problems$,
    furtherProblems: furtherProblems$,
    scannedFolders: scannedFolders$,
    scannedFiles: scannedFiles$,
    intoDrive: intoDrive$,
    intoFolder: intoFolder$,
  };
  if (drivePath$ !== undefined) value.drivePath = drivePath$;
  if (error$ !== undefined) value.error = error$;
  if (current$ !== undefined) value.current = current$;
  return value;
}

export function writeFolderState(writer: Writer, value: FolderState): void {
  switch (value) {
    case "starting":
      return writer.varint(0);
    case "scanning":
      return writer.varint(1);
    case "working":
      return writer.varint(2);
    case "idle":
      return writer.varint(3);
    case "held":
      return writer.varint(4);
    case "paused":
      return writer.varint(5);
    case "stopped":
      return writer.varint(6);
    case "leaving":
      return writer.varint(7);
    default:
      return writer.varint(unknownNumber("FolderState", value, [0, 1, 2, 3, 4, 5, 6, 7]));
  }
}

export function readFolderState(reader: Reader): FolderState {
  const number = reader.u32();
  switch (number) {
    case 0:
      return "starting";
    case 1:
      return "scanning";
    case 2:
      return "working";
    case 3:
      return "idle";
    case 4:
      return "held";
    case 5:
      return "paused";
    case 6:
      return "stopped";
    case 7:
      return "leaving";
    default:
      return `#${number}`;
  }
}

export function writeFlow(writer: Writer, value: Flow): void {
  if (typeof value !== "object" || value === null) throw mismatch("Flow", value);
  writer.f64(value.waitingFiles);
  writer.f64(value.waitingBytes);
  writer.f64(value.doneFiles);
  writer.f64(value.doneBytes);
}

export function readFlow(reader: Reader): Flow {
  return {
    waitingFiles: reader.f64(),
    waitingBytes: reader.f64(),
    doneFiles: reader.f64(),
    doneBytes: reader.f64(),
  };
}

export function writeFolderProblem(writer: Writer, value: FolderProblem): void {
  if (typeof value !== "object" || value === null) throw mismatch("FolderProblem", value);
  writer.string(value.path);
  writeFailure(writer, value.problem);
}

export function readFolderProblem(reader: Reader): FolderProblem {
  return {
    path: reader.string(),
    problem: readFailure(reader),
  };
}

const codec$none: Codec<readonly unknown[]> = { write: () => undefined, read: () => [] };

function write$list$FolderInfo(writer: Writer, value: readonly FolderInfo[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writeFolderInfo(writer, value[i] as FolderInfo);
}

function read$list$FolderInfo(reader: Reader): readonly FolderInfo[] {
  const count = reader.count();
  const value: FolderInfo[] = [];
  for (let i = 0; i < count; i++) value.push(readFolderInfo(reader));
  return value;
}

const codec$list$FolderInfo: Codec<readonly FolderInfo[]> = {
  write: write$list$FolderInfo,
  read: read$list$FolderInfo,
};

const stream$list$FolderInfo: StreamCodec = { item: codec$list$FolderInfo };

const codec$stream$list$FolderInfo: Codec<StreamSource<readonly FolderInfo[]>> = {
  write: (writer, value) => writer.stream(stream$list$FolderInfo, value),
  read: (reader) => reader.stream(stream$list$FolderInfo) as Stream<readonly FolderInfo[]>,
};

const codec$FolderInfo: Codec<FolderInfo> = {
  write: writeFolderInfo,
  read: readFolderInfo,
};

const codec$void: Codec = { write: () => undefined, read: () => undefined };

function write$list$FolderProblem(writer: Writer, value: readonly FolderProblem[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writeFolderProblem(writer, value[i] as FolderProblem);
}

function read$list$FolderProblem(reader: Reader): readonly FolderProblem[] {
  const count = reader.count();
  const value: FolderProblem[] = [];
  for (let i = 0; i < count; i++) value.push(readFolderProblem(reader));
  return value;
}

const Folders$list: Method = {
  name: "list",
  number: 0,
  parameters: codec$none,
  result: codec$list$FolderInfo,
};

const Folders$watch: Method = {
  name: "watch",
  number: 1,
  parameters: codec$none,
  result: codec$stream$list$FolderInfo,
};

const Folders$bind: Method = {
  name: "bind",
  number: 2,
  parameters: {
    write: (writer, args) => {
      writer.string(args[0] as string);
      writer.string(args[1] as string);
      writer.string(args[2] as string);
    },
    read: (reader) => [reader.string(), reader.string(), reader.string()],
  },
  result: codec$FolderInfo,
};

const Folders$unbind: Method = {
  name: "unbind",
  number: 3,
  parameters: {
    write: (writer, args) => {
      let present = 0;
      if (args[1] !== undefined) present |= 1;
      writer.u8(present);
      writer.string(args[0] as string);
      if (args[1] !== undefined) writer.boolean(args[1] as boolean);
    },
    read: (reader) => {
      const present = reader.u8();
      if (present > 1) throw malformed("presence bits of no field");
      return [reader.string(), (present & 1) === 0 ? undefined : reader.boolean()];
    },
  },
  result: codec$void,
};

const Folders$pause: Method = {
  name: "pause",
  number: 4,
  parameters: {
    write: (writer, args) => {
      writer.string(args[0] as string);
    },
    read: (reader) => [reader.string()],
  },
  result: codec$void,
};

const Folders$resume: Method = {
  name: "resume",
  number: 5,
  parameters: {
    write: (writer, args) => {
      writer.string(args[0] as string);
    },
    read: (reader) => [reader.string()],
  },
  result: codec$void,
};

const Folders$rebind: Method = {
  name: "rebind",
  number: 6,
  parameters: {
    write: (writer, args) => {
      writer.string(args[0] as string);
    },
    read: (reader) => [reader.string()],
  },
  result: codec$void,
};

const Folders$confirmEmpty: Method = {
  name: "confirmEmpty",
  number: 7,
  parameters: {
    write: (writer, args) => {
      writer.string(args[0] as string);
    },
    read: (reader) => [reader.string()],
  },
  result: codec$void,
};

const Folders$check: Method = {
  name: "check",
  number: 8,
  parameters: {
    write: (writer, args) => {
      writer.string(args[0] as string);
    },
    read: (reader) => [reader.string()],
  },
  result: codec$void,
};

export const FoldersInterface: Interface<Folders> = {
  name: "Folders",
  hash: "12a527659d2478785bbe4dbdcb9a195e71cb4493ef66a757615af97bb34d5670e5",
  methods: [
    Folders$list,
    Folders$watch,
    Folders$bind,
    Folders$unbind,
    Folders$pause,
    Folders$resume,
    Folders$rebind,
    Folders$confirmEmpty,
    Folders$check,
  ],
  stub: FoldersStub,
};

export const Folders$capability: CapabilityCodec = { name: "Folders", interface: () => FoldersInterface };
