// The serving process of a measurement.

import { answerParent } from "../harness/child.ts";
import type { ServerRequest } from "./requests.ts";
import { stacks } from "./stacks.ts";

answerParent<ServerRequest>(async (request) => {
  if (request.do === "serve") return (await stacks[request.stack].load()).serve();
  const { user, system } = process.cpuUsage();
  return user + system;
});
