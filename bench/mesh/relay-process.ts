// A process in the middle of a line.

import { answerParent } from "../harness/child.ts";
import { contestants } from "./contestants.ts";
import type { RelayRequest } from "./requests.ts";
import { usage } from "./usage.ts";

answerParent<RelayRequest>(async (request) => {
  if (request.do === "usage") return usage();
  return (await contestants[request.contestant].load()).relay(request.next);
});
