// Which folders of this machine are bound, in the file `store/bindings`: records (identity/record-file.ts) of one CBOR map
// each, with "number" (of its rows in the index), "space", "object" (the drive's folder), "path", "root" and "marker"
// (identities on the file system), "token", "paused". The file is written anew with each change. It is not in the index,
// since that may be thrown away: then all is compared anew, but nobody forgets what was bound.

import { type CborValue, decodeCbor, encodeCbor } from "#base/cbor.ts";
import { idBytes, idText } from "#base/ids.ts";
import { bindingLimits } from "#base/limits.ts";
import type { Crypto, Disk } from "#glow";
import { RecordFile } from "#identity/record-file.ts";
import type { ObjectId, SpaceId } from "../contracts.ts";
import type { RootIdentity } from "./root-proof.ts";

export interface BindingRecord {
  /** Of its rows: never used again for another one. */
  readonly number: number;
  readonly space: SpaceId;
  readonly folder: ObjectId;
  /** Of the folder on this machine, as the platform has it. */
  readonly path: string;
  readonly root: RootIdentity;
  readonly paused: boolean;
}

const path = "store/bindings";

export class BindingFile {
  readonly #file: RecordFile;
  #records: readonly BindingRecord[];

  private constructor(file: RecordFile, records: readonly BindingRecord[]) {
    this.#file = file;
    this.#records = records;
  }

  static async open(disk: Disk, crypto: Crypto): Promise<BindingFile> {
    const { bindings, recordBytes } = bindingLimits;
    const file = await RecordFile.open({ disk, crypto, path, recordBytes, fileBytes: 2 * bindings * recordBytes });
    return new BindingFile(file, file.records.flatMap(decodeRecord));
  }

  get records(): readonly BindingRecord[] {
    return this.#records;
  }

  async write(records: readonly BindingRecord[]): Promise<void> {
    await this.#file.rewrite(records.map(encodeRecord));
    this.#records = records;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

function encodeRecord({ number, space, folder, path: local, root, paused }: BindingRecord): Uint8Array {
  return encodeCbor({
    number,
    space: idBytes(space),
    object: idBytes(folder),
    path: local,
    root: root.root,
    marker: root.marker,
    token: root.token,
    paused,
  });
}

/** None for what another version has written. */
function decodeRecord(bytes: Uint8Array): BindingRecord[] {
  const map = decodeCbor(bytes);
  if (typeof map !== "object" || map === null || Array.isArray(map) || map instanceof Uint8Array) return [];
  const { number, space, object, path: local, root, marker, token, paused } = map as Record<string, CborValue>;
  if (typeof number !== "number" || !(space instanceof Uint8Array) || !(object instanceof Uint8Array)) return [];
  if (typeof local !== "string" || typeof root !== "string" || typeof marker !== "string") return [];
  if (typeof token !== "string" || typeof paused !== "boolean") return [];
  return [
    {
      number,
      space: idText(space) as SpaceId,
      folder: idText(object) as ObjectId,
      path: local,
      root: { root, marker, token },
      paused,
    },
  ];
}
