// The script of a thread that cuts and seals content, and does nothing else.

import { ZstdCompression } from "#platform/nodejs/compression.ts";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";
import { nodeThreadPort } from "#platform/nodejs/worker-thread.ts";
import { contentJobs } from "./content-jobs.ts";
import { serveJobs } from "./worker-jobs.ts";

serveJobs(nodeThreadPort(), contentJobs(new NodeCrypto(), new ZstdCompression()));
