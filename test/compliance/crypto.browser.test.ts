// The implementation for pages, in a page.

import { NobleCrypto } from "#platform/browser/crypto.ts";
import { cryptoCompliance } from "./crypto.ts";

cryptoCompliance("noble", new NobleCrypto());
