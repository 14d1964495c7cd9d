#!/usr/bin/env node
// Where the command line begins.

import { NodeClock } from "#platform/nodejs/clock.ts";
import { Terminal } from "#platform/nodejs/terminal.ts";
import { NodeTimers } from "#platform/nodejs/timers.ts";
import { run } from "./program.ts";

const terminal = new Terminal();
const code = await run({
  terminal,
  clock: new NodeClock(),
  timers: new NodeTimers(),
  files: async () => new (await import("#platform/nodejs/text-files.ts")).TextFiles(),
  crypto: async () => new (await import("#platform/nodejs/crypto.ts")).NodeCrypto(),
});
terminal.endWith(code);
