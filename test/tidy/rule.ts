// A house rule: what it looks for, why, and samples that prove it. A rule that cannot fail is no rule, so each brings
// small trees that break it, and small trees that only look as if they did.

import type { Tree } from "./tree.ts";

/** Files by path. The project's package.json is added where a sample has none. */
export type Sample = Readonly<Record<string, string>>;

export interface Rule {
  /** What is so when the rule holds, as the name of a test. */
  readonly name: string;
  readonly because: string;
  /** Where it does not hold: `path:line what`. */
  find(tree: Tree): Iterable<string>;
  readonly breaks: readonly Sample[];
  readonly keeps: readonly Sample[];
}
