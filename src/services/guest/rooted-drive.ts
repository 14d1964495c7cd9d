// A folder of a drive as if it were all of it, as things are now: for somebody who is to see no more. Paths begin at the folder,
// so none leads out of it. What others wrote before, who they are, and the trash do not show.

import { GlowError } from "#base/errors.ts";
import { driveLimits, webLimits } from "#base/limits.ts";
import type {
  Attributes,
  Conflict,
  Drive,
  DriveChanges,
  DriveInfo,
  FileContent,
  FileEntry,
  RemovedFile,
  Totals,
  Upload,
  UploadState,
  WriteOptions,
} from "#interfaces/generated/drive.ts";
import { counted, type GuestAllowance, takeEntries } from "./guest-allowance.ts";
import { drivePath, isWithin, joinPath } from "../drive/drive-path.ts";
import { ExpandedStream } from "../replica/expanded-stream.ts";

export interface RootedDriveParts {
  readonly drive: Drive & Partial<Disposable>;
  /** Of the folder, in the drive; `""` for all of it. */
  readonly root: string;
  /** As it is called here. */
  readonly name: string;
  /** Distinguishes uploads of this holder from those of others. */
  readonly holder: string;
  readonly allowance: GuestAllowance;
}

const mostConflicts = 1000;

/** As drives take content when they are called from within: from any source. */
interface FromAnySource {
  write(path: string, content: AsyncIterable<Uint8Array>, options?: WriteOptions): ReturnType<Drive["write"]>;
}

interface UploadFromAnySource {
  write(offset: number, bytes: AsyncIterable<Uint8Array>): ReturnType<Upload["write"]>;
}

/** The key of an upload as the node has it. */
export function ownKey(holder: string, key: string): string {
  return `${holder} ${key}`;
}

export class RootedDrive implements Drive, Disposable {
  readonly #parts: RootedDriveParts;
  readonly #drive: Drive;
  /** What was read here, and what was removed: these may be named by their objects. The last ones. */
  readonly #read = new Set<string>();
  readonly #removed = new Set<string>();

  constructor(parts: RootedDriveParts) {
    this.#parts = parts;
    this.#drive = parts.drive;
  }

  async info(): Promise<DriveInfo> {
    return narrowedInfo(await this.#drive.info(), this.#parts.name);
  }

  async watchInfo(): Promise<AsyncIterable<DriveInfo>> {
    const source = (await this.#drive.watchInfo()) as AsyncIterable<DriveInfo>;
    return new ExpandedStream(source, (info) => [narrowedInfo(info, this.#parts.name)]);
  }

  async stat(path: string): Promise<FileEntry> {
    return this.#inner(await this.#drive.stat(this.#outer(path)));
  }

  async list(path: string, after?: string, limit?: number): Promise<FileEntry[]> {
    const entries = await this.#drive.list(this.#outer(path), after, limit);
    return entries.map((entry) => this.#inner(entry));
  }

  async totals(path: string): Promise<Totals> {
    return this.#drive.totals(this.#outer(path));
  }

  async read(path: string, offset?: number, length?: number, version?: string): Promise<FileContent> {
    const content = await this.#drive.read(this.#outer(path), offset, length, version);
    remember(this.#read, content.entry.object);
    return { ...content, entry: this.#inner(content.entry) };
  }

  async readObject(object: string, offset?: number, length?: number, version?: string): Promise<FileContent> {
    if (!this.#read.has(object)) throw hidden("drive.readObject", "other versions and the trash");
    const content = await this.#drive.readObject(object, offset, length, version);
    // It was in the folder when it was read; what has been moved elsewhere since is a part of it no more.
    if (!isWithin(content.entry.path, this.#parts.root)) throw hidden("drive.readObject", "files elsewhere");
    return { ...content, entry: this.#inner(content.entry) };
  }

  async write(path: string, content: Parameters<Drive["write"]>[1], options?: WriteOptions): Promise<FileEntry> {
    const { allowance } = this.#parts;
    const outer = this.#outer(path);
    takeEntries(allowance);
    const drive: FromAnySource = this.#drive;
    return this.#inner(await drive.write(outer, counted(content, allowance), options));
  }

  async upload(path: string, sizeBytes: number, key: string, options?: WriteOptions): Promise<Upload> {
    const { holder, allowance } = this.#parts;
    const outer = this.#outer(path);
    const upload = await this.#drive.upload(outer, sizeBytes, ownKey(holder, key), options);
    // What is there already was counted: of what cannot be whole nothing more is to come.
    allowance.check(sizeBytes - (await upload.state()).receivedBytes);
    takeEntries(allowance);
    const entry = (made: FileEntry) => this.#inner(made);
    return new RootedUpload(upload, { entry, path: (found) => this.#innerPath(found), allowance });
  }

  async makeFolder(path: string, parents?: boolean): Promise<FileEntry> {
    takeEntries(this.#parts.allowance);
    return this.#inner(await this.#drive.makeFolder(this.#outer(path), parents));
  }

  /** Programs of the machine where the folder lies follow links to wherever they lead. */
  link(): never {
    throw hidden("drive.link", "links");
  }

  async move(from: string, to: string, overwrite?: boolean): Promise<FileEntry> {
    const below = this.#below(from, "drive.move");
    takeEntries(this.#parts.allowance);
    return this.#inner(await this.#drive.move(below, this.#outer(to), overwrite));
  }

  async copy(from: string, to: string, overwrite?: boolean): Promise<FileEntry> {
    const source = this.#outer(from);
    const { files, folders, links } = await this.#drive.totals(source);
    takeEntries(this.#parts.allowance, 1 + files + folders + links);
    return this.#inner(await this.#drive.copy(source, this.#outer(to), overwrite));
  }

  async remove(paths: readonly string[]): Promise<readonly string[]> {
    const objects = await this.#drive.remove(paths.map((path) => this.#below(path, "drive.remove")));
    for (const object of objects) remember(this.#removed, object);
    return objects;
  }

  async setAttributes(path: string, attributes: Attributes): Promise<FileEntry> {
    return this.#inner(await this.#drive.setAttributes(this.#outer(path), attributes));
  }

  history(): never {
    throw hidden("drive.history", "earlier versions");
  }

  restore(): never {
    throw hidden("drive.restore", "earlier versions");
  }

  removed(): RemovedFile[] {
    return [];
  }

  /** What was removed here just now. */
  async bringBack(objects: readonly string[]): Promise<readonly string[]> {
    if (!objects.every((object) => this.#removed.has(object))) throw hidden("drive.bringBack", "the trash");
    const paths = await this.#drive.bringBack(objects);
    for (const object of objects) this.#removed.delete(object);
    return paths.map((path) => this.#innerPath(path));
  }

  async conflicts(limit = mostConflicts): Promise<Conflict[]> {
    const all = await this.#drive.conflicts(mostConflicts);
    const here = all.filter(({ path }) => path !== undefined && isWithin(path, this.#parts.root));
    return here.slice(0, limit).map(({ path = "", versions, ...conflict }) => ({
      ...conflict,
      path: this.#innerPath(path),
      versions: versions.map((version) => ({ ...version, device: "", author: "" })),
    }));
  }

  async resolve(object: string, version?: string): Promise<void> {
    const here = await this.conflicts();
    if (!here.some((conflict) => conflict.object === object)) throw hidden("drive.resolve", "conflicts elsewhere");
    await this.#drive.resolve(object, version);
  }

  async watch(path = ""): Promise<AsyncIterable<DriveChanges>> {
    const source = (await this.#drive.watch(this.#outer(path))) as AsyncIterable<DriveChanges>;
    return new ExpandedStream(source, ({ changes, ...rest }) => {
      const here = changes.filter((change) => change.path === undefined || isWithin(change.path, this.#parts.root));
      const inner = here.map((change) => ({
        ...change,
        ...(change.path !== undefined && { path: this.#innerPath(change.path) }),
      }));
      return [{ ...rest, changes: inner }];
    });
  }

  [Symbol.dispose](): void {
    this.#parts.drive[Symbol.dispose]?.();
  }

  /** Its path in the drive. `invalid` if it has `..` in it. */
  #outer(path: string): string {
    const inner = drivePath(path, "drive.path");
    return inner === "" ? this.#parts.root : joinPath(this.#parts.root, inner);
  }

  /** As `#outer`, of what is in the folder and not the folder itself: that belongs to who lent it. */
  #below(path: string, op: string): string {
    if (drivePath(path, op) !== "") return this.#outer(path);
    throw hidden(op, "the folder itself");
  }

  #inner(entry: FileEntry): FileEntry {
    return { ...entry, path: this.#innerPath(entry.path) };
  }

  #innerPath(path: string): string {
    const { root } = this.#parts;
    if (!isWithin(path, root)) return "";
    return root === "" ? path : path.slice(root.length + 1);
  }
}

interface RootedUploadParts {
  readonly entry: (entry: FileEntry) => FileEntry;
  readonly path: (path: string) => string;
  readonly allowance: GuestAllowance;
}

class RootedUpload implements Upload {
  readonly #upload: Upload;
  readonly #parts: RootedUploadParts;

  constructor(upload: Upload, parts: RootedUploadParts) {
    this.#upload = upload;
    this.#parts = parts;
  }

  async state(): Promise<UploadState> {
    const state = await this.#upload.state();
    return { ...state, path: this.#parts.path(state.path) };
  }

  async write(offset: number, bytes: Parameters<Upload["write"]>[1]): Promise<number> {
    const upload: UploadFromAnySource = this.#upload;
    return upload.write(offset, counted(bytes, this.#parts.allowance));
  }

  async finish(): Promise<FileEntry> {
    return this.#parts.entry(await this.#upload.finish());
  }

  async discard(): Promise<void> {
    await this.#upload.discard();
  }
}

/** Not which other devices there are, nor how they do. */
export function narrowedInfo(
  { id, readable, missingBlobs, missingBytes, unavailableBlobs, unavailableBytes }: DriveInfo,
  name: string,
): DriveInfo {
  return {
    id,
    name: name.slice(0, driveLimits.driveNameLength),
    readable,
    elsewhere: true,
    missingBlobs,
    missingBytes,
    unavailableBlobs,
    unavailableBytes,
    conflicts: 0,
    peers: [],
  };
}

function remember(objects: Set<string>, object: string): void {
  objects.delete(object);
  objects.add(object);
  const [oldest] = objects;
  if (objects.size > webLimits.guestObjects && oldest !== undefined) objects.delete(oldest);
}

function hidden(op: string, what: string): GlowError {
  const message = `guests see what they were given as it is now: ${what} are not a part of it`;
  return new GlowError("denied", op, { message });
}
