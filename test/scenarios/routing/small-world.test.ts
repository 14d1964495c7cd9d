// A hundred nodes find the best ways to one another with a bounded number of announcements. Three hundred do in
// test/runtime/long/routing.ts.

import { expect, test } from "vitest";
import { describeSmallWorld, runSmallWorld } from "./small-world.ts";

test("a hundred nodes in a small world converge, with few announcements for each link and destination", () => {
  const result = runSmallWorld("a hundred", 100);
  const text = describeSmallWorld(result);
  const [start, cut, cost] = result.efforts;
  if (start === undefined || cut === undefined || cost === undefined) throw new RangeError("three phases at least");
  // Each node tells each neighbour of each destination: two for a link, less what leads through the neighbour itself.
  const pairs = result.links * result.nodes;
  expect(start.announcements, text).toBeLessThan(5 * pairs);
  expect(start.tookMs, text).toBeLessThan(2000);
  expect(cut.announcements, text).toBeLessThan(2 * pairs);
  expect(cost.announcements, text).toBeLessThan(2 * pairs);
  expect(result.verifications, text).toBeLessThan(4 * result.nodes ** 2);
});
