// The log of batches on the simulated and on Node's disk and index.

import { batchLogCompliance } from "./batch-log.ts";
import { nodeGround, simulatedGround } from "./blob-store-subjects.ts";

batchLogCompliance("simulated", simulatedGround);
batchLogCompliance("Node", nodeGround);
