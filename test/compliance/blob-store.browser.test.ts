// The log of batches and the store of blobs on a page's disk and index.

import { browserPlatform } from "#platform/browser/platform.ts";
import { batchLogCompliance } from "./batch-log.ts";
import { blobStoreCompliance } from "./blob-store.ts";
import type { StoreGround } from "./blob-store-ground.ts";
import type { Subject } from "./subject.ts";

let grounds = 0;

async function ground(): Promise<Subject<StoreGround>> {
  return { thing: browserPlatform({ databaseName: `glow-store-${grounds++}` }) };
}

batchLogCompliance("browser", ground);
blobStoreCompliance("browser", ground);
