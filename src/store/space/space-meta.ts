// What is known of a space as a whole.
//
//   row "x" = CBOR { "generation", "stale", "rebuild", "incarnation", "unsettled", "passed", "applied",
//                    "genesis" (header of the first batch, or absent) }

import { type CborValue, decodeCbor, encodeCbor } from "#base/cbor.ts";
import type { IndexView } from "#glow";
import { decodeHeader, type SpaceGenesis } from "./batch-header.ts";
import { rowKey } from "./space-rows.ts";

export interface SpaceMeta {
  /** Which of the typed store's views is read; while all is derived anew, the next one is written. */
  readonly generation: number;
  /** Judging anew has begun and is not over. */
  readonly stale: boolean;
  /** It has found that the typed store has taken in what does not count, or must come before what it has. */
  readonly rebuild: boolean;
  /** This device writes in no lower incarnation. */
  readonly incarnation: number;
  /** Batches held that the typed store was not asked about yet: this device has no keys. */
  readonly unsettled: number;
  /** Those that it went on without, for want of one key. */
  readonly passed: number;
  /** The highest stamp of all that it knows. */
  readonly applied: number;
  readonly genesisHeader: Uint8Array | undefined;
  /** What that says. */
  readonly genesis: SpaceGenesis | undefined;
}

export async function loadMeta(view: IndexView): Promise<SpaceMeta> {
  const row = await view.get(rowKey("x"));
  const fields = row === undefined ? {} : (decodeCbor(row) as { readonly [key: string]: CborValue });
  const genesisHeader = fields["genesis"] as Uint8Array | undefined;
  return {
    generation: (fields["generation"] as number | undefined) ?? 0,
    stale: fields["stale"] === true,
    rebuild: fields["rebuild"] === true,
    incarnation: (fields["incarnation"] as number | undefined) ?? 0,
    unsettled: (fields["unsettled"] as number | undefined) ?? 0,
    passed: (fields["passed"] as number | undefined) ?? 0,
    applied: (fields["applied"] as number | undefined) ?? 0,
    genesisHeader,
    genesis: genesisHeader && decodeHeader(genesisHeader).genesis,
  };
}

export function putMeta(view: IndexView, meta: SpaceMeta): void {
  const { genesis: _, genesisHeader, ...numbers } = meta;
  view.put(rowKey("x"), encodeCbor({ ...numbers, ...(genesisHeader && { genesis: genesisHeader }) }));
}
