// Changes a tree of files for ever, by chance: each change is made through several editors, so that their trees are the
// same. What kinds of change there are is what programs and people do, moves of whole folders too.

import { type ByteSource, chance, integerBelow, pick, randomBytes } from "#base/random.ts";

/** Who makes the changes, in one folder. */
export interface TreeChanges {
  makeFolder(path: string): void;
  write(path: string, content: Uint8Array): void;
  writeInside(path: string, offset: number, content: Uint8Array): void;
  append(path: string, content: Uint8Array): void;
  truncate(path: string, sizeBytes: number): void;
  /** A new file, moved over the old one. */
  replace(path: string, content: Uint8Array): void;
  setMode(path: string, mode: number): void;
  touch(path: string): void;
  move(path: string, to: string): void;
  remove(path: string): void;
}

const mostFolders = 12;
/**
 * Such a file backs its own chunks in a bound folder: what was in it before it was changed or removed is gone unless
 * another device has fetched it. So it is moved only.
 */
const largeBytes = 4_500_000;

export interface TreeWriterOptions {
  /** The tree. */
  readonly root: string;
  readonly editors: readonly TreeChanges[];
  readonly random: ByteSource;
  /** Of small files, at most. */
  readonly smallBytes?: number;
  readonly mostLarge?: number;
  readonly mostFiles?: number;
}

export class TreeWriter {
  readonly #editors: readonly TreeChanges[];
  readonly #random: ByteSource;
  readonly #smallBytes: number;
  readonly #mostLarge: number;
  readonly #mostFiles: number;
  /** Paths: folders, the first of which is the tree itself, and files with their sizes. */
  #folders: string[];
  #files = new Map<string, number>();
  #count = 0;

  constructor({ root, editors, random, smallBytes = 60_000, mostLarge = 8, mostFiles = 150 }: TreeWriterOptions) {
    this.#editors = editors;
    this.#random = random;
    this.#folders = [root];
    this.#smallBytes = smallBytes;
    this.#mostLarge = mostLarge;
    this.#mostFiles = mostFiles;
  }

  begin(): void {
    this.#each((editor) => editor.makeFolder(this.#root));
  }

  /** `kind`, below 100, says which: from 87 on to folders. */
  change(kind = integerBelow(this.#random, 100)): void {
    if (kind < 35) this.#write();
    else if (kind < 70) this.#edit();
    else if (kind < 80) this.#moveFile();
    else if (kind < 87) this.#removeFile();
    else if (kind < 92) this.#makeFolder();
    else if (kind < 97) this.#moveFolder();
    else this.#removeFolder();
  }

  get #root(): string {
    return this.#folders[0] as string;
  }

  #write(): void {
    if (this.#files.size >= this.#mostFiles) return this.#removeFile();
    const path = `${pick(this.#random, this.#folders)}/${this.#name("file")}`;
    const isLarge = this.#isLargeDue();
    const content = isLarge ? randomBytes(this.#random, largeBytes) : this.#content();
    this.#each((editor) => editor.write(path, content));
    this.#files.set(path, content.length);
  }

  #edit(): void {
    const path = this.#smallFile();
    if (path === undefined) return this.#write();
    const sizeBytes = this.#files.get(path) as number;
    const kind = integerBelow(this.#random, 6);
    const content = this.#content();
    const at = integerBelow(this.#random, sizeBytes + 1);
    const mode = pick(this.#random, [0o600, 0o644, 0o755, 0o700]);
    this.#each((editor) => {
      if (kind === 0) editor.replace(path, content);
      else if (kind === 1) editor.append(path, content);
      else if (kind === 2) editor.writeInside(path, at, content);
      else if (kind === 3) editor.truncate(path, at);
      else if (kind === 4) editor.setMode(path, mode);
      else editor.touch(path);
    });
    const sizes = [content.length, sizeBytes + content.length, Math.max(sizeBytes, at + content.length), at];
    this.#files.set(path, sizes[kind] ?? sizeBytes);
  }

  #moveFile(): void {
    const path = this.#file();
    if (path === undefined) return this.#write();
    const to = `${pick(this.#random, this.#folders)}/${this.#name("moved")}`;
    this.#each((editor) => editor.move(path, to));
    this.#files.set(to, this.#files.get(path) as number);
    this.#files.delete(path);
  }

  #makeFolder(): void {
    if (this.#folders.length >= mostFolders) return this.#moveFolder();
    const path = `${pick(this.#random, this.#folders)}/${this.#name("folder")}`;
    this.#each((editor) => editor.makeFolder(path));
    this.#folders.push(path);
  }

  /** Into another, or the same by another name; not into itself. */
  #moveFolder(): void {
    const path = this.#folder();
    if (path === undefined) return this.#makeFolder();
    const into = pick(
      this.#random,
      this.#folders.filter((each) => !isWithin(each, path)),
    );
    const to = `${into}/${this.#name("folder")}`;
    this.#each((editor) => editor.move(path, to));
    const moved = (each: string) => (isWithin(each, path) ? to + each.slice(path.length) : each);
    this.#folders = this.#folders.map(moved);
    this.#files = new Map([...this.#files].map(([each, sizeBytes]) => [moved(each), sizeBytes]));
  }

  #removeFile(): void {
    const path = this.#smallFile();
    if (path === undefined) return this.#write();
    this.#each((editor) => editor.remove(path));
    this.#files.delete(path);
  }

  #removeFolder(): void {
    const path = this.#folder();
    if (path === undefined || this.#large().some((file) => isWithin(file, path))) return this.#makeFolder();
    this.#each((editor) => editor.remove(path));
    this.#folders = this.#folders.filter((each) => !isWithin(each, path));
    this.#files = new Map([...this.#files].filter(([each]) => !isWithin(each, path)));
  }

  /** Any but the tree itself. */
  #folder(): string | undefined {
    return this.#folders.length > 1 ? pick(this.#random, this.#folders.slice(1)) : undefined;
  }

  #file(): string | undefined {
    return this.#files.size > 0 ? pick(this.#random, [...this.#files.keys()]) : undefined;
  }

  #smallFile(): string | undefined {
    const small = [...this.#files].filter(([, sizeBytes]) => sizeBytes < largeBytes);
    return small.length > 0 ? pick(this.#random, small)[0] : undefined;
  }

  #large(): string[] {
    return [...this.#files].filter(([, sizeBytes]) => sizeBytes >= largeBytes).map(([path]) => path);
  }

  #isLargeDue(): boolean {
    return chance(this.#random, 0.02) && this.#large().length < this.#mostLarge;
  }

  /** Never one that was there before: what is removed and comes back by another way would hide behind its like. */
  #name(kind: string): string {
    return `${kind} ${++this.#count}`;
  }

  #content(): Uint8Array {
    return randomBytes(this.#random, 1 + integerBelow(this.#random, this.#smallBytes));
  }

  #each(change: (editor: TreeChanges) => void): void {
    for (const editor of this.#editors) change(editor);
  }
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
