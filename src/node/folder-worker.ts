// The script of the threads that work for the store: in bound folders, and on content that comes from elsewhere.

import { ZstdCompression } from "#platform/nodejs/compression.ts";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";
import { nodeThreadPort } from "#platform/nodejs/worker-thread.ts";
import { contentJobs } from "./content-jobs.ts";
import { folderJobs } from "./folder-jobs.ts";
import { serveJobs } from "./worker-jobs.ts";

const crypto = new NodeCrypto();
const compression = new ZstdCompression();

serveJobs(nodeThreadPort(), { ...contentJobs(crypto, compression), ...folderJobs(crypto, compression) });
