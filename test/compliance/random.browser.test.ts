// The system's randomness, in a page.

import { BrowserRandom } from "#platform/browser/random.ts";
import { randomCompliance } from "./random.ts";

randomCompliance("browser", async () => ({ thing: new BrowserRandom() }));
