// The store of blobs on the simulated and on Node's disk and index.

import { blobStoreCompliance } from "./blob-store.ts";
import { nodeGround, simulatedGround } from "./blob-store-subjects.ts";

blobStoreCompliance("simulated", simulatedGround);
blobStoreCompliance("Node", nodeGround);
