#!/usr/bin/env node
// Where the command line begins.

import { NodeCrypto } from "#platform/nodejs/crypto.ts";
import { Terminal } from "#platform/nodejs/terminal.ts";
import { TextFiles } from "#platform/nodejs/text-files.ts";
import { run } from "./program.ts";

const terminal = new Terminal();
terminal.endWith(await run({ terminal, files: new TextFiles(), crypto: new NodeCrypto() }));
