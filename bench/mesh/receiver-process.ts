// The process at the end of a line: it counts and checks what comes, or sends it back.

import { answerParent } from "../harness/child.ts";
import type { Channel, Listener } from "./contestant.ts";
import { contestants } from "./contestants.ts";
import type { ReceiverRequest } from "./requests.ts";
import { Sink } from "./sink.ts";
import { usage } from "./usage.ts";
import { workloads } from "./workload.ts";

let listener: Listener | undefined;
/** Undefined where all that comes goes back. */
let sink: Sink | undefined;

function take(piece: Uint8Array, from: Channel): void {
  if (sink !== undefined) sink.take(piece);
  // Too little to fill anything: who sends it waits for it.
  else from.write(piece);
}

answerParent<ReceiverRequest>(async (request) => {
  switch (request.do) {
    case "usage":
      return usage();
    case "listen":
      listener = await (await contestants[request.contestant].load()).listen(take);
      return listener.address;
    case "book":
      return listener?.book === undefined ? request.relay : listener.book(request.relay);
    case "expect":
      sink = request.what === "echo" ? undefined : new Sink(workloads[request.what].pattern());
      return undefined;
    case "arrived":
      if (sink === undefined) throw new Error("nothing was to arrive");
      return sink.arrived(request.bytes);
  }
});
