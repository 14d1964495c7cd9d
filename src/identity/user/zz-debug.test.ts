// Debug.
import { test } from "vitest";
import { SeededRandom, shuffled, integerBelow } from "#base/random.ts";
import { Story, crypto, nowMs } from "../../../test/identity/cast.ts";
import { UserGraph } from "./user-graph.ts";
import { randomStory } from "./user-graph.random.test.ts";
test("d", () => {
  for (let seed = 0; seed < 200; seed++) {
    const random = new SeededRandom(seed);
    const story = randomStory(random, 30, true);
    const a = story.graph();
    for (let i = 0; i < 3; i++) {
      const b = new UserGraph(crypto, story.user, 1000);
      const order = shuffled(random, [...story.told]);
      const errs = new Map<string, string>();
      while (order.length > 0) { const part = order.splice(0, 1 + integerBelow(random, 20)); for (const r of b.take(part.map((x) => x.bytes)).refused) errs.set(part[r.index]!.id, r.error.message); }
      for (const x of story.told) if (a.has(x.id) !== b.has(x.id)) {
        console.log(seed, i, x.said, x.author, x.sequence, a.has(x.id), b.has(x.id), errs.get(x.id), x.parents.map((p) => [a.has(p), b.has(p)]));
        const c = new UserGraph(crypto, story.user, 1000);
        for (const y of story.told) { const r = c.take([y.bytes]); if (y === x) console.log("alone", r.refused[0]?.error.message); }
        return;
      }
    }
  }
});
