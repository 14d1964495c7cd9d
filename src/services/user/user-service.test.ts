// What the user service makes of a member, where that takes more than a world of nodes shows.

import { expect, test } from "vitest";
import { nodeLimits } from "#base/limits.ts";
import type { Clock, NodeId, Timers } from "#glow";
import { type UserDesk, UserService } from "./user-service.ts";

test("at most nodeLimits.nearby neighbours are told of", async () => {
  const nearby = Array.from({ length: nodeLimits.nearby + 1 }, (_, i) => ({ node: `${i}`, addresses: [] }));
  const desk = { self: "self" as NodeId, nearby: async () => nearby } as Partial<UserDesk> as UserDesk;
  const clock: Clock = { monotonicMs: () => 0, wallMs: () => 0 };
  const user = new UserService({ desk, clock, timers: {} as Timers });
  expect(await user.neighbours()).toHaveLength(nodeLimits.nearby);
});
