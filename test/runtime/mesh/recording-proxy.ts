// A program for a host of a test network: passes TCP connections on to a port of the host's loopback, and writes all
// that goes over the wire, either way, into files: `<connection>-in` is what came from the other host, `-out` what went.
// Arguments: the port it listens at, the port it passes on to, the folder.

import { createWriteStream } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";

const [listenPort, targetPort, folder = ""] = process.argv.slice(2);
let count = 0;

const server = createServer((wire) => {
  const name = String(++count);
  const target = connect(Number(targetPort), "127.0.0.1");
  const ways = [
    [wire, target, "in"],
    [target, wire, "out"],
  ] as const;
  for (const [from, to, way] of ways) {
    from.setNoDelay(true);
    from.on("error", () => to.destroy());
    from.on("close", () => to.destroy());
    from.pipe(to);
    from.pipe(createWriteStream(join(folder, `${name}-${way}`)));
  }
});
server.listen(Number(listenPort), () => process.stdout.write(`"listening"\n`));
process.stdin.on("end", () => process.exit());
process.stdin.resume();
