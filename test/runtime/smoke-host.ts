// Hosts the sample interface at the addresses given as arguments, until its parent is gone.

import type { Address } from "#glow";
import { NodeNetwork } from "#platform/nodejs/network.ts";
import { SampleHost } from "../interfaces/sample-host.ts";

const network = new NodeNetwork();
const host = new SampleHost();
const plain = process.argv.slice(2);

const listeners = [
  ...plain.map((address) => network.listen(address as Address, (pipe) => void host.take(pipe))),
  network.listen("tcp://127.0.0.1:0" as Address, (pipe) => host.takeResumable(pipe)),
];
process.send?.((await Promise.all(listeners)).map((listener) => listener.address));
process.on("disconnect", () => process.exit());
