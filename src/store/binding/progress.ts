// How far a binding is, for faces: what it has seen, and what is on its way in each direction.

export interface Flow {
  readonly waitingFiles: number;
  readonly waitingBytes: number;
  readonly doneFiles: number;
  readonly doneBytes: number;
}

export interface ProgressReport {
  /** Of the scan that runs, or of the last one. */
  readonly scannedFolders: number;
  readonly scannedFiles: number;
  readonly intoDrive: Flow;
  readonly intoFolder: Flow;
  /** A file that is being worked on. */
  readonly current: string | undefined;
}

export type Direction = "intoDrive" | "intoFolder";

const nothing: Flow = { waitingFiles: 0, waitingBytes: 0, doneFiles: 0, doneBytes: 0 };

export class Progress {
  readonly #flows: Record<Direction, Flow> = { intoDrive: nothing, intoFolder: nothing };
  #folders = 0;
  #files = 0;
  #current: string | undefined;

  report(): ProgressReport {
    const { intoDrive, intoFolder } = this.#flows;
    const current = intoDrive.waitingFiles + intoFolder.waitingFiles > 0 ? this.#current : undefined;
    return { scannedFolders: this.#folders, scannedFiles: this.#files, intoDrive, intoFolder, current };
  }

  scanBegins(): void {
    this.#folders = 0;
    this.#files = 0;
  }

  scanned(folders: number, files: number): void {
    this.#folders += folders;
    this.#files += files;
  }

  begins(direction: Direction, path: string, sizeBytes: number): void {
    const flow = this.#flows[direction];
    this.#current = path;
    this.#flows[direction] = {
      ...flow,
      waitingFiles: flow.waitingFiles + 1,
      waitingBytes: flow.waitingBytes + sizeBytes,
    };
  }

  /** So much is to be done in all. Then `moves` tells of portions of it, and `settles` that no more comes. */
  expects(direction: Direction, files: number, bytes: number): void {
    this.#flows[direction] = { ...this.#flows[direction], waitingFiles: files, waitingBytes: bytes };
  }

  /** Some of what was expected is done. Files may have changed since: in the end it is more, or less. */
  moves(direction: Direction, path: string, files: number, bytes: number): void {
    const { waitingFiles, waitingBytes, doneFiles, doneBytes } = this.#flows[direction];
    this.#current = path;
    this.#flows[direction] = {
      waitingFiles: Math.max(0, waitingFiles - files),
      waitingBytes: Math.max(0, waitingBytes - bytes),
      doneFiles: doneFiles + files,
      doneBytes: doneBytes + bytes,
    };
  }

  settles(direction: Direction): void {
    this.expects(direction, 0, 0);
  }

  ends(direction: Direction, sizeBytes: number, done: boolean): void {
    const flow = this.#flows[direction];
    this.#flows[direction] = {
      waitingFiles: flow.waitingFiles - 1,
      waitingBytes: flow.waitingBytes - sizeBytes,
      doneFiles: flow.doneFiles + (done ? 1 : 0),
      doneBytes: flow.doneBytes + (done ? sizeBytes : 0),
    };
  }
}
