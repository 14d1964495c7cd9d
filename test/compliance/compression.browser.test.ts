// The implementation for pages, in a page.

import { BrowserCompression } from "#platform/browser/compression.ts";
import { compressionCompliance } from "./compression.ts";

compressionCompliance("plain JavaScript", new BrowserCompression());
