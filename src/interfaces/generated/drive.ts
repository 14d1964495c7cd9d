// Generated from drive.firefly by `glow idl gen`. Do not edit: edit the source and generate again.

import {
  ask,
  type Awaitable,
  type ByteStream,
  call,
  type CallContext,
  type CallOptions,
  type CapabilityCodec,
  type Codec,
  type Interface,
  malformed,
  type Method,
  mismatch,
  objectResult,
  type Pipelined,
  pipelined,
  type Reader,
  type Stream,
  type StreamCodec,
  type StreamSource,
  Stub,
  type UnknownMember,
  unknownNumber,
  type Writer,
} from "#firefly/runtime.ts";

/** The drives of a node. Names are at most 128 characters; two drives of one name show with a mark of their ids. */
export interface Drives {
  /** In the order of names. At most 1024. */
  list(context?: CallContext): Awaitable<readonly DriveInfo[]>;
  /** `list`, now and whenever it has changed; of many changes, the last. */
  watch(context?: CallContext): Awaitable<StreamSource<readonly DriveInfo[]>>;
  /** A new one, empty. `already-exists` if the name is taken. */
  create(name: string, context?: CallContext): Awaitable<DriveInfo>;
  /** `already-exists` if the name is taken. */
  rename(drive: string, name: string, context?: CallContext): Awaitable<DriveInfo>;
  /** By its name as it shows, or its id. `not-found`; `denied` if this node has no keys of it yet. */
  open(drive: string, context?: CallContext): Awaitable<Drive>;
  /**
   * What this node keeps of a drive from now on, whatever its settings say of all: all content, or names, with content as it is
   * asked for. What is here already stays.
   */
  hold(drive: string, content: HeldContent, context?: CallContext): Awaitable<DriveInfo>;
  /**
   * Puts a drive away, on all devices: it is in no list any more, but in that of `removed`. Nothing in it is deleted, and folders
   * that other devices have bound to it go on. `conflict` while a folder of this machine is bound to it.
   */
  remove(drive: string, context?: CallContext): Awaitable<void>;
  /**
   * Those that were put away, in the order of names. At most 1024. One in which there is no file, link or trash is left out, as
   * there is nothing to bring back; its name and id still do that.
   */
  removed(context?: CallContext): Awaitable<readonly DriveInfo[]>;
  /** One that was put away, by its name or id, as it was; under a name with a mark if its own is taken. */
  bringBack(drive: string, context?: CallContext): Awaitable<DriveInfo>;
  /**
   * Files of drives in `list` that come in parts and are not whole yet, whoever began them, the last used first: at most 256, and of
   * long paths fewer. Whoever asks `Drive.upload` for the same path, size and key goes on with one, or discards it.
   */
  uploads(context?: CallContext): Awaitable<readonly PendingUpload[]>;
}

export class DrivesStub extends Stub implements Drives {
  override get $interface(): Interface {
    return DrivesInterface;
  }

  list(options?: CallOptions): Promise<readonly DriveInfo[]> {
    return call(this, Drives$list, [], options);
  }

  watch(options?: CallOptions): Promise<Stream<readonly DriveInfo[]>> {
    return call(this, Drives$watch, [], options);
  }

  create(name: string, options?: CallOptions): Promise<DriveInfo> {
    return call(this, Drives$create, [name], options);
  }

  rename(drive: string, name: string, options?: CallOptions): Promise<DriveInfo> {
    return call(this, Drives$rename, [drive, name], options);
  }

  open(drive: string, options?: CallOptions): Pipelined<DriveStub> {
    return pipelined(ask(this, Drives$open, [drive], options), DriveStub);
  }

  hold(drive: string, content: HeldContent, options?: CallOptions): Promise<DriveInfo> {
    return call(this, Drives$hold, [drive, content], options);
  }

  remove(drive: string, options?: CallOptions): Promise<void> {
    return call(this, Drives$remove, [drive], options);
  }

  removed(options?: CallOptions): Promise<readonly DriveInfo[]> {
    return call(this, Drives$removed, [], options);
  }

  bringBack(drive: string, options?: CallOptions): Promise<DriveInfo> {
    return call(this, Drives$bringBack, [drive], options);
  }

  uploads(options?: CallOptions): Promise<readonly PendingUpload[]> {
    return call(this, Drives$uploads, [], options);
  }
}

export interface PendingUpload {
  /** Its id, and its name as it shows. */
  drive: string;
  driveName: string;
  path: string;
  /** Of whoever began it. */
  key: string;
  sizeBytes: number;
  receivedBytes: number;
  /** How long nothing has come. */
  idleMs: number;
  /** When it is given up if nobody goes on with it. */
  expiresAt: Date;
}

export type HeldContent = "all" | "names";

export interface DriveInfo {
  id: string;
  /** As it shows: unique on this node. */
  name: string;
  /** Whether this node has the keys; if not, it only keeps it for others, and there is no name. */
  readable: boolean;
  /** Whether all that was written here is on another device too. */
  elsewhere: boolean;
  /** What is not here: to be fetched if all content is kept, in blobs of some size; nearly so much. */
  missingBlobs: number;
  missingBytes: number;
  /** What nobody who can be reached has. */
  unavailableBlobs: number;
  unavailableBytes: number;
  /** Objects with a conflict, counted up to 1000. */
  conflicts: number;
  peers: readonly DrivePeer[];
  /** Why what is fetched cannot be kept. */
  problem?: Failure | undefined;
  /** Files whose content is nowhere any more, at most 100, with what to do. */
  lost?: readonly Failure[] | undefined;
  /** What this node keeps of it. */
  content?: HeldContent | undefined;
}

/** Another device that holds the drive. */
export interface DrivePeer {
  device: string;
  name: string;
  connected: boolean;
  /** It holds all that this node knows of, with all content. */
  complete: boolean;
  /** What it did last that no healthy holder does. */
  problem?: Failure | undefined;
}

/** An error as a part of a result: a kind of `GlowError`, and what it says. */
export interface Failure {
  kind: string;
  message: string;
  /** What it is about. */
  target?: string | undefined;
  /** What a person can do about it. */
  cure?: string | undefined;
}

/**
 * Files and folders. Paths are names joined by `/`, at most 65,536 characters; `""` is the root. Changes are durable here when
 * they are answered. `not-found` if there is nothing at a path, `invalid` for a name that no file system bears.
 */
export interface Drive {
  info(context?: CallContext): Awaitable<DriveInfo>;
  /** `info`, now and when it has changed, at most four times a second. */
  watchInfo(context?: CallContext): Awaitable<StreamSource<DriveInfo>>;
  stat(path: string, context?: CallContext): Awaitable<FileEntry>;
  /** What is in a folder, in the order of names, after a name, at most `limit` (and 1024). */
  list(path: string, after?: string, limit?: number, context?: CallContext): Awaitable<readonly FileEntry[]>;
  /** What a folder holds in all, with those below; counted, so it takes a while for very many. */
  totals(path: string, context?: CallContext): Awaitable<Totals>;
  /**
   * Content from an offset on, so many bytes or what there is. What is not here is fetched, only that. `version` is one of
   * `history`; without it, what shows. A reader that had to wait is told of it by nothing but the waiting.
   */
  read(path: string, offset?: number, length?: number, version?: string, context?: CallContext): Awaitable<FileContent>;
  /** As `read`, of an object that a version belongs to, wherever it lies now: in the trash, too. */
  readObject(
    object: string,
    offset?: number,
    length?: number,
    version?: string,
    context?: CallContext,
  ): Awaitable<FileContent>;
  /**
   * Makes or replaces a file. Nothing changes before the content has ended well; then it is done at once. Replaces what shows
   * unless `replaces` in `options` names versions: then what others wrote meanwhile stays, as a conflict.
   */
  write(path: string, content: ByteStream, options?: WriteOptions, context?: CallContext): Awaitable<FileEntry>;
  /**
   * Begins a file that is written in parts, or goes on with it: `key` is the caller's own and says which (at most 128
   * characters). The parts are kept on the node's disk for a day: `exhausted` if there are too many of them.
   */
  upload(
    path: string,
    sizeBytes: number,
    key: string,
    options?: WriteOptions,
    context?: CallContext,
  ): Awaitable<Upload>;
  /** `already-exists` if there is something; with `parents` folders above are made, and one that is there will do. */
  makeFolder(path: string, parents?: boolean, context?: CallContext): Awaitable<FileEntry>;
  /** A symbolic link. The target is text, and need not lead anywhere. */
  link(path: string, target: string, context?: CallContext): Awaitable<FileEntry>;
  /**
   * `to` is the new path, not the folder above. `already-exists` if something is there, unless `overwrite`: then it goes to
   * the trash.
   */
  move(from: string, to: string, overwrite?: boolean, context?: CallContext): Awaitable<FileEntry>;
  /** With all that is in it; content is shared, not sent. */
  copy(from: string, to: string, overwrite?: boolean, context?: CallContext): Awaitable<FileEntry>;
  /**
   * To the trash, with all that is in them: at most 1024, at once, all or none. Gives their objects, for `bringBack`.
   */
  remove(paths: readonly string[], context?: CallContext): Awaitable<readonly string[]>;
  setAttributes(path: string, attributes: Attributes, context?: CallContext): Awaitable<FileEntry>;
  /** Versions, newest first, before the version `after`, at most `limit` (and 1024). */
  history(path: string, after?: string, limit?: number, context?: CallContext): Awaitable<readonly Version[]>;
  /** Makes a version the newest, as a new one. */
  restore(path: string, version: string, context?: CallContext): Awaitable<FileEntry>;
  /** What lies in the trash, the last first, after an object, at most `limit` (and 1024). */
  removed(after?: string, limit?: number, context?: CallContext): Awaitable<readonly RemovedFile[]>;
  /** From the trash to where they were, with a mark where their names are taken: at most 1024. Gives their paths. */
  bringBack(objects: readonly string[], context?: CallContext): Awaitable<readonly string[]>;
  /** At most `limit` (and 1024). */
  conflicts(limit?: number, context?: CallContext): Awaitable<readonly Conflict[]>;
  /**
   * Ends a conflict: this version shows, and the others are history. Of what was removed by one and edited by another, no
   * version means: it stays removed; one: it comes back.
   */
  resolve(object: string, version?: string, context?: CallContext): Awaitable<void>;
  /** What changes at or below a path; what came in at once is told at once, at most ten times a second. */
  watch(path?: string, context?: CallContext): Awaitable<StreamSource<DriveChanges>>;
}

export class DriveStub extends Stub implements Drive {
  override get $interface(): Interface {
    return DriveInterface;
  }

  info(options?: CallOptions): Promise<DriveInfo> {
    return call(this, Drive$info, [], options);
  }

  watchInfo(options?: CallOptions): Promise<Stream<DriveInfo>> {
    return call(this, Drive$watchInfo, [], options);
  }

  stat(path: string, options?: CallOptions): Promise<FileEntry> {
    return call(this, Drive$stat, [path], options);
  }

  list(path: string, after?: string, limit?: number, options?: CallOptions): Promise<readonly FileEntry[]> {
    return call(this, Drive$list, [path, after, limit], options);
  }

  totals(path: string, options?: CallOptions): Promise<Totals> {
    return call(this, Drive$totals, [path], options);
  }

  read(
    path: string,
    offset?: number,
    length?: number,
    version?: string,
    options?: CallOptions,
  ): Promise<ReceivedFileContent> {
    return call(this, Drive$read, [path, offset, length, version], options);
  }

  readObject(
    object: string,
    offset?: number,
    length?: number,
    version?: string,
    options?: CallOptions,
  ): Promise<ReceivedFileContent> {
    return call(this, Drive$readObject, [object, offset, length, version], options);
  }

  write(
    path: string,
    content: StreamSource<Uint8Array>,
    options?: WriteOptions,
    $options?: CallOptions,
  ): Promise<FileEntry> {
    return call(this, Drive$write, [path, content, options], $options);
  }

  upload(
    path: string,
    sizeBytes: number,
    key: string,
    options?: WriteOptions,
    $options?: CallOptions,
  ): Pipelined<UploadStub> {
    return pipelined(ask(this, Drive$upload, [path, sizeBytes, key, options], $options), UploadStub);
  }

  makeFolder(path: string, parents?: boolean, options?: CallOptions): Promise<FileEntry> {
    return call(this, Drive$makeFolder, [path, parents], options);
  }

  link(path: string, target: string, options?: CallOptions): Promise<FileEntry> {
    return call(this, Drive$link, [path, target], options);
  }

  move(from: string, to: string, overwrite?: boolean, options?: CallOptions): Promise<FileEntry> {
    return call(this, Drive$move, [from, to, overwrite], options);
  }

  copy(from: string, to: string, overwrite?: boolean, options?: CallOptions): Promise<FileEntry> {
    return call(this, Drive$copy, [from, to, overwrite], options);
  }

  remove(paths: readonly string[], options?: CallOptions): Promise<readonly string[]> {
    return call(this, Drive$remove, [paths], options);
  }

  setAttributes(path: string, attributes: Attributes, options?: CallOptions): Promise<FileEntry> {
    return call(this, Drive$setAttributes, [path, attributes], options);
  }

  history(path: string, after?: string, limit?: number, options?: CallOptions): Promise<readonly Version[]> {
    return call(this, Drive$history, [path, after, limit], options);
  }

  restore(path: string, version: string, options?: CallOptions): Promise<FileEntry> {
    return call(this, Drive$restore, [path, version], options);
  }

  removed(after?: string, limit?: number, options?: CallOptions): Promise<readonly RemovedFile[]> {
    return call(this, Drive$removed, [after, limit], options);
  }

  bringBack(objects: readonly string[], options?: CallOptions): Promise<readonly string[]> {
    return call(this, Drive$bringBack, [objects], options);
  }

  conflicts(limit?: number, options?: CallOptions): Promise<readonly Conflict[]> {
    return call(this, Drive$conflicts, [limit], options);
  }

  resolve(object: string, version?: string, options?: CallOptions): Promise<void> {
    return call(this, Drive$resolve, [object, version], options);
  }

  watch(path?: string, options?: CallOptions): Promise<Stream<DriveChanges>> {
    return call(this, Drive$watch, [path], options);
  }
}

export interface FileEntry {
  object: string;
  path: string;
  /** As it shows: with a mark of its id where several have one name. */
  name: string;
  kind: FileKind;
  /** Of a file's content; 0 for a folder. */
  sizeBytes: number;
  /** Nanoseconds since 1970. */
  modifiedNs: bigint;
  /** Permission bits, 0 to 0o777. */
  mode: number;
  /** The version that shows, of a file or link. */
  version?: string | undefined;
  /** More than one is a conflict. */
  versions: number;
  /** Of a link. */
  target?: string | undefined;
  /** Whether the version that shows is on another device too. Only from `stat` and what gives one entry. */
  elsewhere?: boolean | undefined;
}

export type FileKind = "folder" | "file" | "link" | UnknownMember;

export interface Totals {
  files: number;
  folders: number;
  links: number;
  bytes: number;
}

export interface FileContent {
  entry: FileEntry;
  /** Of this version. */
  sizeBytes: number;
  bytes: StreamSource<Uint8Array>;
}

export interface ReceivedFileContent {
  entry: FileEntry;
  /** Of this version. */
  sizeBytes: number;
  bytes: ByteStream;
}

export interface WriteOptions {
  /** Without it, the time of writing. */
  modifiedNs?: bigint | undefined;
  mode?: number | undefined;
  /**
   * Versions that the writer has seen, at most 1024: the new one replaces them and no others. Empty: the file must be new.
   */
  replaces?: readonly string[] | undefined;
  /** Folders above are made where they are not there. */
  parents?: boolean | undefined;
}

/** A file that comes in parts, in their order. */
export interface Upload {
  state(context?: CallContext): Awaitable<UploadState>;
  /**
   * At an offset that must be `received`: `conflict` if it is another. Gives how much is there then. `too-large` past the size.
   */
  write(offset: number, bytes: ByteStream, context?: CallContext): Awaitable<number>;
  /** When all is there: makes the file, as `Drive.write` does. */
  finish(context?: CallContext): Awaitable<FileEntry>;
  discard(context?: CallContext): Awaitable<void>;
}

export class UploadStub extends Stub implements Upload {
  override get $interface(): Interface {
    return UploadInterface;
  }

  state(options?: CallOptions): Promise<UploadState> {
    return call(this, Upload$state, [], options);
  }

  write(offset: number, bytes: StreamSource<Uint8Array>, options?: CallOptions): Promise<number> {
    return call(this, Upload$write, [offset, bytes], options);
  }

  finish(options?: CallOptions): Promise<FileEntry> {
    return call(this, Upload$finish, [], options);
  }

  discard(options?: CallOptions): Promise<void> {
    return call(this, Upload$discard, [], options);
  }
}

export interface UploadState {
  path: string;
  sizeBytes: number;
  receivedBytes: number;
  /** When it is given up if nothing more comes. */
  expiresAt: Date;
}

export interface Attributes {
  mode?: number | undefined;
  modifiedNs?: bigint | undefined;
}

export interface Version {
  id: string;
  device: string;
  /** Of the device. */
  author: string;
  /** By the author's clock. */
  written: Date;
  modifiedNs: bigint;
  /** 0 for a link, which has a `target` instead. */
  sizeBytes: number;
  target?: string | undefined;
  /** No later one replaces it: the first of these shows, others are a conflict. */
  head: boolean;
  /** Whether another device has it too. */
  elsewhere?: boolean | undefined;
}

export interface RemovedFile {
  object: string;
  name: string;
  kind: FileKind;
  sizeBytes: number;
  /** The folder in which it was, if that is there. */
  folder?: string | undefined;
  removed: Date;
  /** Name of the device. */
  removedBy: string;
}

export interface Conflict {
  object: string;
  /** Left out if it is in the trash. */
  path?: string | undefined;
  reason: ConflictReason;
  versions: readonly Version[];
}

export type ConflictReason = "versions" | "removed-and-edited" | UnknownMember;

export interface DriveChanges {
  /** What has changed and is at or below the path that is watched, or in no folder any more. At most 1024. */
  changes: readonly FileChange[];
  /** Something has changed elsewhere in the drive: it may have been moved there from below the path. */
  elsewhere: boolean;
  /** More has changed than is told: anything may have. */
  all: boolean;
}

export interface FileChange {
  object: string;
  /** Left out if it is in the trash. Of a folder, what is in it may have changed with it. */
  path?: string | undefined;
  kind?: FileKind | undefined;
}

// How values are packed, and what sessions need to know.

export function writePendingUpload(writer: Writer, value: PendingUpload): void {
  if (typeof value !== "object" || value === null) throw mismatch("PendingUpload", value);
  writer.string(value.drive);
  writer.string(value.driveName);
  writer.string(value.path);
  writer.string(value.key);
  writer.f64(value.sizeBytes);
  writer.f64(value.receivedBytes);
  writer.f64(value.idleMs);
  writer.date(value.expiresAt);
}

export function readPendingUpload(reader: Reader): PendingUpload {
  return {
    drive: reader.string(),
    driveName: reader.string(),
    path: reader.string(),
    key: reader.string(),
    sizeBytes: reader.f64(),
    receivedBytes: reader.f64(),
    idleMs: reader.f64(),
    expiresAt: reader.date(),
  };
}

export function writeHeldContent(writer: Writer, value: HeldContent): void {
  switch (value) {
    case "all":
      return writer.varint(0);
    case "names":
      return writer.varint(1);
    default:
      throw mismatch("HeldContent", value);
  }
}

export function readHeldContent(reader: Reader): HeldContent {
  const number = reader.u32();
  switch (number) {
    case 0:
      return "all";
    case 1:
      return "names";
    default:
      throw malformed(`HeldContent ${number}`);
  }
}

export function writeDriveInfo(writer: Writer, value: DriveInfo): void {
  if (typeof value !== "object" || value === null) throw mismatch("DriveInfo", value);
  const problem$ = value.problem;
  const lost$ = value.lost;
  const content$ = value.content;
  let present = 0;
  if (problem$ !== undefined) present |= 1;
  if (lost$ !== undefined) present |= 2;
  if (content$ !== undefined) present |= 4;
  writer.u8(present);
  writer.string(value.id);
  writer.string(value.name);
  writer.boolean(value.readable);
  writer.boolean(value.elsewhere);
  writer.f64(value.missingBlobs);
  writer.f64(value.missingBytes);
  writer.f64(value.unavailableBlobs);
  writer.f64(value.unavailableBytes);
  writer.u32(value.conflicts);
  write$list$DrivePeer(writer, value.peers);
  if (problem$ !== undefined) writeFailure(writer, problem$);
  if (lost$ !== undefined) write$list$Failure(writer, lost$);
  if (content$ !== undefined) writeHeldContent(writer, content$);
}

export function readDriveInfo(reader: Reader): DriveInfo {
  const present = reader.u8();
  if (present > 7) throw malformed("presence bits of no field");
  const id$ = reader.string();
  const name$ = reader.string();
  const readable$ = reader.boolean();
  const elsewhere$ = reader.boolean();
  const missingBlobs$ = reader.f64();
  const missingBytes$ = reader.f64();
  const unavailableBlobs$ = reader.f64();
  const unavailableBytes$ = reader.f64();
  const conflicts$ = reader.u32();
  const peers$ = read$list$DrivePeer(reader);
  const problem$ = (present & 1) === 0 ? undefined : readFailure(reader);
  const lost$ = (present & 2) === 0 ? undefined : read$list$Failure(reader);
  const content$ = (present & 4) === 0 ? undefined : readHeldContent(reader);
  const value: DriveInfo = {
    id: id$,
    name: name$,
    readable: readable$,
    elsewhere: elsewhere$,
    missingBlobs: missingBlobs$,
    missingBytes: missingBytes$,
    unavailableBlobs: unavailableBlobs$,
    unavailableBytes: unavailableBytes$,
    conflicts: conflicts$,
    peers: peers$,
  };
  if (problem$ !== undefined) value.problem = problem$;
  if (lost$ !== undefined) value.lost = lost$;
  if (content$ !== undefined) value.content = content$;
  return value;
}

export function writeDrivePeer(writer: Writer, value: DrivePeer): void {
  if (typeof value !== "object" || value === null) throw mismatch("DrivePeer", value);
  const problem$ = value.problem;
  let present = 0;
  if (problem$ !== undefined) present |= 1;
  writer.u8(present);
  writer.string(value.device);
  writer.string(value.name);
  writer.boolean(value.connected);
  writer.boolean(value.complete);
  if (problem$ !== undefined) writeFailure(writer, problem$);
}

export function readDrivePeer(reader: Reader): DrivePeer {
  const present = reader.u8();
  if (present > 1) throw malformed("presence bits of no field");
  const device$ = reader.string();
  const name$ = reader.string();
  const connected$ = reader.boolean();
  const complete$ = reader.boolean();
  const problem$ = (present & 1) === 0 ? undefined : readFailure(reader);
  const value: DrivePeer = {
    device: device$,
    name: name$,
    connected: connected$,
    complete: complete$,
  };
  if (problem$ !== undefined) value.problem = problem$;
  return value;
}

export function writeFailure(writer: Writer, value: Failure): void {
  if (typeof value !== "object" || value === null) throw mismatch("Failure", value);
  const target$ = value.target;
  const cure$ = value.cure;
  let present = 0;
  if (target$ !== undefined) present |= 1;
  if (cure$ !== undefined) present |= 2;
  writer.u8(present);
  writer.string(value.kind);
  writer.string(value.message);
  if (target$ !== undefined) writer.string(target$);
  if (cure$ !== undefined) writer.string(cure$);
}

export function readFailure(reader: Reader): Failure {
  const present = reader.u8();
  if (present > 3) throw malformed("presence bits of no field");
  const kind$ = reader.string();
  const message$ = reader.string();
  const target$ = (present & 1) === 0 ? undefined : reader.string();
  const cure$ = (present & 2) === 0 ? undefined : reader.string();
  const value: Failure = {
    kind: kind$,
    message: message$,
  };
  if (target$ !== undefined) value.target = target$;
  if (cure$ !== undefined) value.cure = cure$;
  return value;
}

export function writeFileEntry(writer: Writer, value: FileEntry): void {
  if (typeof value !== "object" || value === null) throw mismatch("FileEntry", value);
  const version$ = value.version;
  const target$ = value.target;
  const elsewhere$ = value.elsewhere;
  let present = 0;
  if (version$ !== undefined) present |= 1;
  if (target$ !== undefined) present |= 2;
  if (elsewhere$ !== undefined) present |= 4;
  writer.u8(present);
  writer.string(value.object);
  writer.string(value.path);
  writer.string(value.name);
  writeFileKind(writer, value.kind);
  writer.f64(value.sizeBytes);
  writer.i64(value.modifiedNs);
  writer.u32(value.mode);
  if (version$ !== undefined) writer.string(version$);
  writer.u32(value.versions);
  if (target$ !== undefined) writer.string(target$);
  if (elsewhere$ !== undefined) writer.boolean(elsewhere$);
}

export function readFileEntry(reader: Reader): FileEntry {
  const present = reader.u8();
  if (present > 7) throw malformed("presence bits of no field");
  const object$ = reader.string();
  const path$ = reader.string();
  const name$ = reader.string();
  const kind$ = readFileKind(reader);
  const sizeBytes$ = reader.f64();
  const modifiedNs$ = reader.i64();
  const mode$ = reader.u32();
  const version$ = (present & 1) === 0 ? undefined : reader.string();
  const versions$ = reader.u32();
  const target$ = (present & 2) === 0 ? undefined : reader.string();
  const elsewhere$ = (present & 4) === 0 ? undefined : reader.boolean();
  const value: FileEntry = {
    object: object$,
    path: path$,
    name: name$,
    kind: kind$,
    sizeBytes: sizeBytes$,
    modifiedNs: modifiedNs$,
    mode: mode$,
    versions: versions$,
  };
  if (version$ !== undefined) value.version = version$;
  if (target$ !== undefined) value.target = target$;
  if (elsewhere$ !== undefined) value.elsewhere = elsewhere$;
  return value;
}

export function writeFileKind(writer: Writer, value: FileKind): void {
  switch (value) {
    case "folder":
      return writer.varint(0);
    case "file":
      return writer.varint(1);
    case "link":
      return writer.varint(2);
    default:
      return writer.varint(unknownNumber("FileKind", value, [0, 1, 2]));
  }
}

export function readFileKind(reader: Reader): FileKind {
  const number = reader.u32();
  switch (number) {
    case 0:
      return "folder";
    case 1:
      return "file";
    case 2:
      return "link";
    default:
      return `#${number}`;
  }
}

export function writeTotals(writer: Writer, value: Totals): void {
  if (typeof value !== "object" || value === null) throw mismatch("Totals", value);
  writer.f64(value.files);
  writer.f64(value.folders);
  writer.f64(value.links);
  writer.f64(value.bytes);
}

export function readTotals(reader: Reader): Totals {
  return {
    files: reader.f64(),
    folders: reader.f64(),
    links: reader.f64(),
    bytes: reader.f64(),
  };
}

export function writeFileContent(writer: Writer, value: FileContent): void {
  if (typeof value !== "object" || value === null) throw mismatch("FileContent", value);
  writeFileEntry(writer, value.entry);
  writer.f64(value.sizeBytes);
  writer.stream(bytestream, value.bytes);
}

export function readFileContent(reader: Reader): ReceivedFileContent {
  return {
    entry: readFileEntry(reader),
    sizeBytes: reader.f64(),
    bytes: reader.stream(bytestream) as ByteStream,
  };
}

export function writeWriteOptions(writer: Writer, value: WriteOptions): void {
  if (typeof value !== "object" || value === null) throw mismatch("WriteOptions", value);
  const modifiedNs$ = value.modifiedNs;
  const mode$ = value.mode;
  const replaces$ = value.replaces;
  const parents$ = value.parents;
  let present = 0;
  if (modifiedNs$ !== undefined) present |= 1;
  if (mode$ !== undefined) present |= 2;
  if (replaces$ !== undefined) present |= 4;
  if (parents$ !== undefined) present |= 8;
  writer.u8(present);
  if (modifiedNs$ !== undefined) writer.i64(modifiedNs$);
  if (mode$ !== undefined) writer.u32(mode$);
  if (replaces$ !== undefined) write$list$string(writer, replaces$);
  if (parents$ !== undefined) writer.boolean(parents$);
}

export function readWriteOptions(reader: Reader): WriteOptions {
  const present = reader.u8();
  if (present > 15) throw malformed("presence bits of no field");
  const modifiedNs$ = (present & 1) === 0 ? undefined : reader.i64();
  const mode$ = (present & 2) === 0 ? undefined : reader.u32();
  const replaces$ = (present & 4) === 0 ? undefined : read$list$string(reader);
  const parents$ = (present & 8) === 0 ? undefined : reader.boolean();
  const value: WriteOptions = {};
  if (modifiedNs$ !== undefined) value.modifiedNs = modifiedNs$;
  if (mode$ !== undefined) value.mode = mode$;
  if (replaces$ !== undefined) value.replaces = replaces$;
  if (parents$ !== undefined) value.parents = parents$;
  return value;
}

export function writeUploadState(writer: Writer, value: UploadState): void {
  if (typeof value !== "object" || value === null) throw mismatch("UploadState", value);
  writer.string(value.path);
  writer.f64(value.sizeBytes);
  writer.f64(value.receivedBytes);
  writer.date(value.expiresAt);
}

export function readUploadState(reader: Reader): UploadState {
  return {
    path: reader.string(),
    sizeBytes: reader.f64(),
    receivedBytes: reader.f64(),
    expiresAt: reader.date(),
  };
}

export function writeAttributes(writer: Writer, value: Attributes): void {
  if (typeof value !== "object" || value === null) throw mismatch("Attributes", value);
  const mode$ = value.mode;
  const modifiedNs$ = value.modifiedNs;
  let present = 0;
  if (mode$ !== undefined) present |= 1;
  if (modifiedNs$ !== undefined) present |= 2;
  writer.u8(present);
  if (mode$ !== undefined) writer.u32(mode$);
  if (modifiedNs$ !== undefined) writer.i64(modifiedNs$);
}

export function readAttributes(reader: Reader): Attributes {
  const present = reader.u8();
  if (present > 3) throw malformed("presence bits of no field");
  const mode$ = (present & 1) === 0 ? undefined : reader.u32();
  const modifiedNs$ = (present & 2) === 0 ? undefined : reader.i64();
  const value: Attributes = {};
  if (mode$ !== undefined) value.mode = mode$;
  if (modifiedNs$ !== undefined) value.modifiedNs = modifiedNs$;
  return value;
}

export function writeVersion(writer: Writer, value: Version): void {
  if (typeof value !== "object" || value === null) throw mismatch("Version", value);
  const target$ = value.target;
  const elsewhere$ = value.elsewhere;
  let present = 0;
  if (target$ !== undefined) present |= 1;
  if (elsewhere$ !== undefined) present |= 2;
  writer.u8(present);
  writer.string(value.id);
  writer.string(value.device);
  writer.string(value.author);
  writer.date(value.written);
  writer.i64(value.modifiedNs);
  writer.f64(value.sizeBytes);
  if (target$ !== undefined) writer.string(target$);
  writer.boolean(value.head);
  if (elsewhere$ !== undefined) writer.boolean(elsewhere$);
}

export function readVersion(reader: Reader): Version {
  const present = reader.u8();
  if (present > 3) throw malformed("presence bits of no field");
  const id$ = reader.string();
  const device$ = reader.string();
  const author$ = reader.string();
  const written$ = reader.date();
  const modifiedNs$ = reader.i64();
  const sizeBytes$ = reader.f64();
  const target$ = (present & 1) === 0 ? undefined : reader.string();
  const head$ = reader.boolean();
  const elsewhere$ = (present & 2) === 0 ? undefined : reader.boolean();
  const value: Version = {
    id: id$,
    device: device$,
    author: author$,
    written: written$,
    modifiedNs: modifiedNs$,
    sizeBytes: sizeBytes$,
    head: head$,
  };
  if (target$ !== undefined) value.target = target$;
  if (elsewhere$ !== undefined) value.elsewhere = elsewhere$;
  return value;
}

export function writeRemovedFile(writer: Writer, value: RemovedFile): void {
  if (typeof value !== "object" || value === null) throw mismatch("RemovedFile", value);
  const folder$ = value.folder;
  let present = 0;
  if (folder$ !== undefined) present |= 1;
  writer.u8(present);
  writer.string(value.object);
  writer.string(value.name);
  writeFileKind(writer, value.kind);
  writer.f64(value.sizeBytes);
  if (folder$ !== undefined) writer.string(folder$);
  writer.date(value.removed);
  writer.string(value.removedBy);
}

export function readRemovedFile(reader: Reader): RemovedFile {
  const present = reader.u8();
  if (present > 1) throw malformed("presence bits of no field");
  const object$ = reader.string();
  const name$ = reader.string();
  const kind$ = readFileKind(reader);
  const sizeBytes$ = reader.f64();
  const folder$ = (present & 1) === 0 ? undefined : reader.string();
  const removed$ = reader.date();
  const removedBy$ = reader.string();
  const value: RemovedFile = {
    object: object$,
    name: name$,
    kind: kind$,
    sizeBytes: sizeBytes$,
    removed: removed$,
    removedBy: removedBy$,
  };
  if (folder$ !== undefined) value.folder = folder$;
  return value;
}

export function writeConflict(writer: Writer, value: Conflict): void {
  if (typeof value !== "object" || value === null) throw mismatch("Conflict", value);
  const path$ = value.path;
  let present = 0;
  if (path$ !== undefined) present |= 1;
  writer.u8(present);
  writer.string(value.object);
  if (path$ !== undefined) writer.string(path$);
  writeConflictReason(writer, value.reason);
  write$list$Version(writer, value.versions);
}

export function readConflict(reader: Reader): Conflict {
  const present = reader.u8();
  if (present > 1) throw malformed("presence bits of no field");
  const object$ = reader.string();
  const path$ = (present & 1) === 0 ? undefined : reader.string();
  const reason$ = readConflictReason(reader);
  const versions$ = read$list$Version(reader);
  const value: Conflict = {
    object: object$,
    reason: reason$,
    versions: versions$,
  };
  if (path$ !== undefined) value.path = path$;
  return value;
}

export function writeConflictReason(writer: Writer, value: ConflictReason): void {
  switch (value) {
    case "versions":
      return writer.varint(0);
    case "removed-and-edited":
      return writer.varint(1);
    default:
      return writer.varint(unknownNumber("ConflictReason", value, [0, 1]));
  }
}

export function readConflictReason(reader: Reader): ConflictReason {
  const number = reader.u32();
  switch (number) {
    case 0:
      return "versions";
    case 1:
      return "removed-and-edited";
    default:
      return `#${number}`;
  }
}

export function writeDriveChanges(writer: Writer, value: DriveChanges): void {
  if (typeof value !== "object" || value === null) throw mismatch("DriveChanges", value);
  write$list$FileChange(writer, value.changes);
  writer.boolean(value.elsewhere);
  writer.boolean(value.all);
}

export function readDriveChanges(reader: Reader): DriveChanges {
  return {
    changes: read$list$FileChange(reader),
    elsewhere: reader.boolean(),
    all: reader.boolean(),
  };
}

export function writeFileChange(writer: Writer, value: FileChange): void {
  if (typeof value !== "object" || value === null) throw mismatch("FileChange", value);
  const path$ = value.path;
  const kind$ = value.kind;
  let present = 0;
  if (path$ !== undefined) present |= 1;
  if (kind$ !== undefined) present |= 2;
  writer.u8(present);
  writer.string(value.object);
  if (path$ !== undefined) writer.string(path$);
  if (kind$ !== undefined) writeFileKind(writer, kind$);
}

export function readFileChange(reader: Reader): FileChange {
  const present = reader.u8();
  if (present > 3) throw malformed("presence bits of no field");
  const object$ = reader.string();
  const path$ = (present & 1) === 0 ? undefined : reader.string();
  const kind$ = (present & 2) === 0 ? undefined : readFileKind(reader);
  const value: FileChange = {
    object: object$,
  };
  if (path$ !== undefined) value.path = path$;
  if (kind$ !== undefined) value.kind = kind$;
  return value;
}

const codec$none: Codec<readonly unknown[]> = { write: () => undefined, read: () => [] };

function write$list$DriveInfo(writer: Writer, value: readonly DriveInfo[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writeDriveInfo(writer, value[i] as DriveInfo);
}

function read$list$DriveInfo(reader: Reader): readonly DriveInfo[] {
  const count = reader.count();
  const value: DriveInfo[] = [];
  for (let i = 0; i < count; i++) value.push(readDriveInfo(reader));
  return value;
}

const codec$list$DriveInfo: Codec<readonly DriveInfo[]> = {
  write: write$list$DriveInfo,
  read: read$list$DriveInfo,
};

const stream$list$DriveInfo: StreamCodec = { item: codec$list$DriveInfo };

const codec$stream$list$DriveInfo: Codec<StreamSource<readonly DriveInfo[]>> = {
  write: (writer, value) => writer.stream(stream$list$DriveInfo, value),
  read: (reader) => reader.stream(stream$list$DriveInfo) as Stream<readonly DriveInfo[]>,
};

const codec$DriveInfo: Codec<DriveInfo> = {
  write: writeDriveInfo,
  read: readDriveInfo,
};

const codec$Drive: Codec<Drive> = {
  write: (writer, value) => writer.capability(Drive$capability, value),
  read: (reader) => reader.capability(Drive$capability) as DriveStub,
};

const codec$void: Codec = { write: () => undefined, read: () => undefined };

function write$list$PendingUpload(writer: Writer, value: readonly PendingUpload[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writePendingUpload(writer, value[i] as PendingUpload);
}

function read$list$PendingUpload(reader: Reader): readonly PendingUpload[] {
  const count = reader.count();
  const value: PendingUpload[] = [];
  for (let i = 0; i < count; i++) value.push(readPendingUpload(reader));
  return value;
}

const codec$list$PendingUpload: Codec<readonly PendingUpload[]> = {
  write: write$list$PendingUpload,
  read: read$list$PendingUpload,
};

function write$list$DrivePeer(writer: Writer, value: readonly DrivePeer[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writeDrivePeer(writer, value[i] as DrivePeer);
}

function write$list$Failure(writer: Writer, value: readonly Failure[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writeFailure(writer, value[i] as Failure);
}

function read$list$DrivePeer(reader: Reader): readonly DrivePeer[] {
  const count = reader.count();
  const value: DrivePeer[] = [];
  for (let i = 0; i < count; i++) value.push(readDrivePeer(reader));
  return value;
}

function read$list$Failure(reader: Reader): readonly Failure[] {
  const count = reader.count();
  const value: Failure[] = [];
  for (let i = 0; i < count; i++) value.push(readFailure(reader));
  return value;
}

const stream$DriveInfo: StreamCodec = { item: codec$DriveInfo };

const codec$stream$DriveInfo: Codec<StreamSource<DriveInfo>> = {
  write: (writer, value) => writer.stream(stream$DriveInfo, value),
  read: (reader) => reader.stream(stream$DriveInfo) as Stream<DriveInfo>,
};

const codec$FileEntry: Codec<FileEntry> = {
  write: writeFileEntry,
  read: readFileEntry,
};

function write$list$FileEntry(writer: Writer, value: readonly FileEntry[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writeFileEntry(writer, value[i] as FileEntry);
}

function read$list$FileEntry(reader: Reader): readonly FileEntry[] {
  const count = reader.count();
  const value: FileEntry[] = [];
  for (let i = 0; i < count; i++) value.push(readFileEntry(reader));
  return value;
}

const codec$list$FileEntry: Codec<readonly FileEntry[]> = {
  write: write$list$FileEntry,
  read: read$list$FileEntry,
};

const codec$Totals: Codec<Totals> = {
  write: writeTotals,
  read: readTotals,
};

const codec$FileContent: Codec<FileContent> = {
  write: writeFileContent,
  read: readFileContent,
};

const bytestream: StreamCodec = { item: "bytes" };

const codec$Upload: Codec<Upload> = {
  write: (writer, value) => writer.capability(Upload$capability, value),
  read: (reader) => reader.capability(Upload$capability) as UploadStub,
};

function write$list$string(writer: Writer, value: readonly string[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writer.string(value[i] as string);
}

function read$list$string(reader: Reader): readonly string[] {
  const count = reader.count();
  const value: string[] = [];
  for (let i = 0; i < count; i++) value.push(reader.string());
  return value;
}

const codec$list$string: Codec<readonly string[]> = {
  write: write$list$string,
  read: read$list$string,
};

function write$list$Version(writer: Writer, value: readonly Version[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writeVersion(writer, value[i] as Version);
}

function read$list$Version(reader: Reader): readonly Version[] {
  const count = reader.count();
  const value: Version[] = [];
  for (let i = 0; i < count; i++) value.push(readVersion(reader));
  return value;
}

const codec$list$Version: Codec<readonly Version[]> = {
  write: write$list$Version,
  read: read$list$Version,
};

function write$list$RemovedFile(writer: Writer, value: readonly RemovedFile[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writeRemovedFile(writer, value[i] as RemovedFile);
}

function read$list$RemovedFile(reader: Reader): readonly RemovedFile[] {
  const count = reader.count();
  const value: RemovedFile[] = [];
  for (let i = 0; i < count; i++) value.push(readRemovedFile(reader));
  return value;
}

const codec$list$RemovedFile: Codec<readonly RemovedFile[]> = {
  write: write$list$RemovedFile,
  read: read$list$RemovedFile,
};

function write$list$Conflict(writer: Writer, value: readonly Conflict[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writeConflict(writer, value[i] as Conflict);
}

function read$list$Conflict(reader: Reader): readonly Conflict[] {
  const count = reader.count();
  const value: Conflict[] = [];
  for (let i = 0; i < count; i++) value.push(readConflict(reader));
  return value;
}

const codec$list$Conflict: Codec<readonly Conflict[]> = {
  write: write$list$Conflict,
  read: read$list$Conflict,
};

const codec$DriveChanges: Codec<DriveChanges> = {
  write: writeDriveChanges,
  read: readDriveChanges,
};

const stream$DriveChanges: StreamCodec = { item: codec$DriveChanges };

const codec$stream$DriveChanges: Codec<StreamSource<DriveChanges>> = {
  write: (writer, value) => writer.stream(stream$DriveChanges, value),
  read: (reader) => reader.stream(stream$DriveChanges) as Stream<DriveChanges>,
};

const codec$UploadState: Codec<UploadState> = {
  write: writeUploadState,
  read: readUploadState,
};

const codec$f64: Codec<number> = {
  write: (writer, value) => writer.f64(value),
  read: (reader) => reader.f64(),
};

function write$list$FileChange(writer: Writer, value: readonly FileChange[]): void {
  if (!Array.isArray(value)) throw mismatch("an array", value);
  writer.varint(value.length);
  for (let i = 0; i < value.length; i++) writeFileChange(writer, value[i] as FileChange);
}

function read$list$FileChange(reader: Reader): readonly FileChange[] {
  const count = reader.count();
  const value: FileChange[] = [];
  for (let i = 0; i < count; i++) value.push(readFileChange(reader));
  return value;
}

const Drives$list: Method = {
  name: "list",
  number: 0,
  parameters: codec$none,
  result: codec$list$DriveInfo,
};

const Drives$watch: Method = {
  name: "watch",
  number: 1,
  parameters: codec$none,
  result: codec$stream$list$DriveInfo,
};

const Drives$create: Method = {
  name: "create",
  number: 2,
  parameters: {
    write: (writer, args) => {
      writer.string(args[0] as string);
    },
    read: (reader) => [reader.string()],
  },
  result: codec$DriveInfo,
};

const Drives$rename: Method = {
  name: "rename",
  number: 3,
  parameters: {
    write: (writer, args) => {
      writer.string(args[0] as string);
      writer.string(args[1] as string);
    },
    read: (reader) => [reader.string(), reader.string()],
  },
  result: codec$DriveInfo,
};

const Drives$open: Method = {
  name: "open",
  number: 4,
  parameters: {
    write: (writer, args) => {
      writer.string(args[0] as string);
    },
    read: (reader) => [reader.string()],
  },
  result: codec$Drive,
  pipeline: objectResult(() => DriveInterface),
};

const Drives$hold: Method = {
  name: "hold",
  number: 5,
  parameters: {
    write: (writer, args) => {
      writer.string(args[0] as string);
      writeHeldContent(writer, args[1] as HeldContent);
    },
    read: (reader) => [reader.string(), readHeldContent(reader)],
  },
  result: codec$DriveInfo,
};

const Drives$remove: Method = {
  name: "remove",
  number: 6,
  parameters: {
    write: (writer, args) => {
      writer.string(args[0] as string);
    },
    read: (reader) => [reader.string()],
  },
  result: codec$void,
};

const Drives$removed: Method = {
  name: "removed",
  number: 7,
  parameters: codec$none,
  result: codec$list$DriveInfo,
};

const Drives$bringBack: Method = {
  name: "bringBack",
  number: 8,
  parameters: {
    write: (writer, args) => {
      writer.string(args[0] as string);
    },
    read: (reader) => [reader.string()],
  },
  result: codec$DriveInfo,
};

const Drives$uploads: Method = {
  name: "uploads",
  number: 9,
  parameters: codec$none,
  result: codec$list$PendingUpload,
};

export const DrivesInterface: Interface<Drives> = {
  name: "Drives",
  hash: "125d6d68cbe81c97fef0e3d8c6b82cb2e2c98368f5c5d99920d2b48966b23641ca",
  methods: [
    Drives$list,
    Drives$watch,
    Drives$create,
    Drives$rename,
    Drives$open,
    Drives$hold,
    Drives$remove,
    Drives$removed,
    Drives$bringBack,
    Drives$uploads,
  ],
  stub: DrivesStub,
};

export const Drives$capability: CapabilityCodec = { name: "Drives", interface: () => DrivesInterface };

const Drive$info: Method = {
  name: "info",
  number: 0,
  parameters: codec$none,
  result: codec$DriveInfo,
};

const Drive$watchInfo: Method = {
  name: "watchInfo",
  number: 1,
  parameters: codec$none,
  result: codec$stream$DriveInfo,
};

const Drive$stat: Method = {
  name: "stat",
  number: 2,
  parameters: {
    write: (writer, args) => {
      writer.string(args[0] as string);
    },
    read: (reader) => [reader.string()],
  },
  result: codec$FileEntry,
};

const Drive$list: Method = {
  name: "list",
  number: 3,
  parameters: {
    write: (writer, args) => {
      let present = 0;
      if (args[1] !== undefined) present |= 1;
      if (args[2] !== undefined) present |= 2;
      writer.u8(present);
      writer.string(args[0] as string);
      if (args[1] !== undefined) writer.string(args[1] as string);
      if (args[2] !== undefined) writer.u32(args[2] as number);
    },
    read: (reader) => {
      const present = reader.u8();
      if (present > 3) throw malformed("presence bits of no field");
      return [
        reader.string(),
        (present & 1) === 0 ? undefined : reader.string(),
        (present & 2) === 0 ? undefined : reader.u32(),
      ];
    },
  },
  result: codec$list$FileEntry,
};

const Drive$totals: Method = {
  name: "totals",
  number: 4,
  parameters: {
    write: (writer, args) => {
      writer.string(args[0] as string);
    },
    read: (reader) => [reader.string()],
  },
  result: codec$Totals,
};

const Drive$read: Method = {
  name: "read",
  number: 5,
  parameters: {
    write: (writer, args) => {
      let present = 0;
      if (args[1] !== undefined) present |= 1;
      if (args[2] !== undefined) present |= 2;
      if (args[3] !== undefined) present |= 4;
      writer.u8(present);
      writer.string(args[0] as string);
      if (args[1] !== undefined) writer.f64(args[1] as number);
      if (args[2] !== undefined) writer.f64(args[2] as number);
      if (args[3] !== undefined) writer.string(args[3] as string);
    },
    read: (reader) => {
      const present = reader.u8();
      if (present > 7) throw malformed("presence bits of no field");
      return [
        reader.string(),
        (present & 1) === 0 ? undefined : reader.f64(),
        (present & 2) === 0 ? undefined : reader.f64(),
        (present & 4) === 0 ? undefined : reader.string(),
      ];
    },
  },
  result: codec$FileContent,
};

const Drive$readObject: Method = {
  name: "readObject",
  number: 6,
  parameters: {
    write: (writer, args) => {
      let present = 0;
      if (args[1] !== undefined) present |= 1;
      if (args[2] !== undefined) present |= 2;
      if (args[3] !== undefined) present |= 4;
      writer.u8(present);
      writer.string(args[0] as string);
      if (args[1] !== undefined) writer.f64(args[1] as number);
      if (args[2] !== undefined) writer.f64(args[2] as number);
      if (args[3] !== undefined) writer.string(args[3] as string);
    },
    read: (reader) => {
      const present = reader.u8();
      if (present > 7) throw malformed("presence bits of no field");
      return [
        reader.string(),
        (present & 1) === 0 ? undefined : reader.f64(),
        (present & 2) === 0 ? undefined : reader.f64(),
        (present & 4) === 0 ? undefined : reader.string(),
      ];
    },
  },
  result: codec$FileContent,
};

const Drive$write: Method = {
  name: "write",
  number: 7,
  parameters: {
    write: (writer, args) => {
      let present = 0;
      if (args[2] !== undefined) present |= 1;
      writer.u8(present);
      writer.string(args[0] as string);
      writer.stream(bytestream, args[1] as StreamSource<Uint8Array>);
      if (args[2] !== undefined) writeWriteOptions(writer, args[2] as WriteOptions);
    },
    read: (reader) => {
      const present = reader.u8();
      if (present > 1) throw malformed("presence bits of no field");
      return [reader.string(), reader.stream(bytestream), (present & 1) === 0 ? undefined : readWriteOptions(reader)];
    },
  },
  result: codec$FileEntry,
};

const Drive$upload: Method = {
  name: "upload",
  number: 8,
  parameters: {
    write: (writer, args) => {
      let present = 0;
      if (args[3] !== undefined) present |= 1;
      writer.u8(present);
      writer.string(args[0] as string);
      writer.f64(args[1] as number);
      writer.string(args[2] as string);
      if (args[3] !== undefined) writeWriteOptions(writer, args[3] as WriteOptions);
    },
    read: (reader) => {
      const present = reader.u8();
      if (present > 1) throw malformed("presence bits of no field");
      return [
        reader.string(),
        reader.f64(),
        reader.string(),
        (present & 1) === 0 ? undefined : readWriteOptions(reader),
      ];
    },
  },
  result: codec$Upload,
  pipeline: objectResult(() => UploadInterface),
};

const Drive$makeFolder: Method = {
  name: "makeFolder",
  number: 9,
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
  result: codec$FileEntry,
};

const Drive$link: Method = {
  name: "link",
  number: 10,
  parameters: {
    write: (writer, args) => {
      writer.string(args[0] as string);
      writer.string(args[1] as string);
    },
    read: (reader) => [reader.string(), reader.string()],
  },
  result: codec$FileEntry,
};

const Drive$move: Method = {
  name: "move",
  number: 11,
  parameters: {
    write: (writer, args) => {
      let present = 0;
      if (args[2] !== undefined) present |= 1;
      writer.u8(present);
      writer.string(args[0] as string);
      writer.string(args[1] as string);
      if (args[2] !== undefined) writer.boolean(args[2] as boolean);
    },
    read: (reader) => {
      const present = reader.u8();
      if (present > 1) throw malformed("presence bits of no field");
      return [reader.string(), reader.string(), (present & 1) === 0 ? undefined : reader.boolean()];
    },
  },
  result: codec$FileEntry,
};

const Drive$copy: Method = {
  name: "copy",
  number: 12,
  parameters: {
    write: (writer, args) => {
      let present = 0;
      if (args[2] !== undefined) present |= 1;
      writer.u8(present);
      writer.string(args[0] as string);
      writer.string(args[1] as string);
      if (args[2] !== undefined) writer.boolean(args[2] as boolean);
    },
    read: (reader) => {
      const present = reader.u8();
      if (present > 1) throw malformed("presence bits of no field");
      return [reader.string(), reader.string(), (present & 1) === 0 ? undefined : reader.boolean()];
    },
  },
  result: codec$FileEntry,
};

const Drive$remove: Method = {
  name: "remove",
  number: 13,
  parameters: {
    write: (writer, args) => {
      write$list$string(writer, args[0] as readonly string[]);
    },
    read: (reader) => [read$list$string(reader)],
  },
  result: codec$list$string,
};

const Drive$setAttributes: Method = {
  name: "setAttributes",
  number: 14,
  parameters: {
    write: (writer, args) => {
      writer.string(args[0] as string);
      writeAttributes(writer, args[1] as Attributes);
    },
    read: (reader) => [reader.string(), readAttributes(reader)],
  },
  result: codec$FileEntry,
};

const Drive$history: Method = {
  name: "history",
  number: 15,
  parameters: {
    write: (writer, args) => {
      let present = 0;
      if (args[1] !== undefined) present |= 1;
      if (args[2] !== undefined) present |= 2;
      writer.u8(present);
      writer.string(args[0] as string);
      if (args[1] !== undefined) writer.string(args[1] as string);
      if (args[2] !== undefined) writer.u32(args[2] as number);
    },
    read: (reader) => {
      const present = reader.u8();
      if (present > 3) throw malformed("presence bits of no field");
      return [
        reader.string(),
        (present & 1) === 0 ? undefined : reader.string(),
        (present & 2) === 0 ? undefined : reader.u32(),
      ];
    },
  },
  result: codec$list$Version,
};

const Drive$restore: Method = {
  name: "restore",
  number: 16,
  parameters: {
    write: (writer, args) => {
      writer.string(args[0] as string);
      writer.string(args[1] as string);
    },
    read: (reader) => [reader.string(), reader.string()],
  },
  result: codec$FileEntry,
};

const Drive$removed: Method = {
  name: "removed",
  number: 17,
  parameters: {
    write: (writer, args) => {
      let present = 0;
      if (args[0] !== undefined) present |= 1;
      if (args[1] !== undefined) present |= 2;
      writer.u8(present);
      if (args[0] !== undefined) writer.string(args[0] as string);
      if (args[1] !== undefined) writer.u32(args[1] as number);
    },
    read: (reader) => {
      const present = reader.u8();
      if (present > 3) throw malformed("presence bits of no field");
      return [(present & 1) === 0 ? undefined : reader.string(), (present & 2) === 0 ? undefined : reader.u32()];
    },
  },
  result: codec$list$RemovedFile,
};

const Drive$bringBack: Method = {
  name: "bringBack",
  number: 18,
  parameters: {
    write: (writer, args) => {
      write$list$string(writer, args[0] as readonly string[]);
    },
    read: (reader) => [read$list$string(reader)],
  },
  result: codec$list$string,
};

const Drive$conflicts: Method = {
  name: "conflicts",
  number: 19,
  parameters: {
    write: (writer, args) => {
      let present = 0;
      if (args[0] !== undefined) present |= 1;
      writer.u8(present);
      if (args[0] !== undefined) writer.u32(args[0] as number);
    },
    read: (reader) => {
      const present = reader.u8();
      if (present > 1) throw malformed("presence bits of no field");
      return [(present & 1) === 0 ? undefined : reader.u32()];
    },
  },
  result: codec$list$Conflict,
};

const Drive$resolve: Method = {
  name: "resolve",
  number: 20,
  parameters: {
    write: (writer, args) => {
      let present = 0;
      if (args[1] !== undefined) present |= 1;
      writer.u8(present);
      writer.string(args[0] as string);
      if (args[1] !== undefined) writer.string(args[1] as string);
    },
    read: (reader) => {
      const present = reader.u8();
      if (present > 1) throw malformed("presence bits of no field");
      return [reader.string(), (present & 1) === 0 ? undefined : reader.string()];
    },
  },
  result: codec$void,
};

const Drive$watch: Method = {
  name: "watch",
  number: 21,
  parameters: {
    write: (writer, args) => {
      let present = 0;
      if (args[0] !== undefined) present |= 1;
      writer.u8(present);
      if (args[0] !== undefined) writer.string(args[0] as string);
    },
    read: (reader) => {
      const present = reader.u8();
      if (present > 1) throw malformed("presence bits of no field");
      return [(present & 1) === 0 ? undefined : reader.string()];
    },
  },
  result: codec$stream$DriveChanges,
};

export const DriveInterface: Interface<Drive> = {
  name: "Drive",
  hash: "122ab46c4bda133ce3937c2a8a8d3f4d45822bf6c949c86fef383a7ef06cacf99d",
  methods: [
    Drive$info,
    Drive$watchInfo,
    Drive$stat,
    Drive$list,
    Drive$totals,
    Drive$read,
    Drive$readObject,
    Drive$write,
    Drive$upload,
    Drive$makeFolder,
    Drive$link,
    Drive$move,
    Drive$copy,
    Drive$remove,
    Drive$setAttributes,
    Drive$history,
    Drive$restore,
    Drive$removed,
    Drive$bringBack,
    Drive$conflicts,
    Drive$resolve,
    Drive$watch,
  ],
  stub: DriveStub,
};

export const Drive$capability: CapabilityCodec = { name: "Drive", interface: () => DriveInterface };

const Upload$state: Method = {
  name: "state",
  number: 0,
  parameters: codec$none,
  result: codec$UploadState,
};

const Upload$write: Method = {
  name: "write",
  number: 1,
  parameters: {
    write: (writer, args) => {
      writer.f64(args[0] as number);
      writer.stream(bytestream, args[1] as StreamSource<Uint8Array>);
    },
    read: (reader) => [reader.f64(), reader.stream(bytestream)],
  },
  result: codec$f64,
};

const Upload$finish: Method = {
  name: "finish",
  number: 2,
  parameters: codec$none,
  result: codec$FileEntry,
};

const Upload$discard: Method = {
  name: "discard",
  number: 3,
  parameters: codec$none,
  result: codec$void,
};

export const UploadInterface: Interface<Upload> = {
  name: "Upload",
  hash: "122e320f251cd421403cfb4b640ad83eb27db1e61bee22a6a2c158ada8a0e79a30",
  methods: [Upload$state, Upload$write, Upload$finish, Upload$discard],
  stub: UploadStub,
};

export const Upload$capability: CapabilityCodec = { name: "Upload", interface: () => UploadInterface };
