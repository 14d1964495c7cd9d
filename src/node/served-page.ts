// What a node needs to know of the page that is served of it; a machine's daemon serves one (page-host.ts), a tab has none.

import type { NodeId } from "#glow";
import type { Right } from "#interfaces/generated/node.ts";
import type { Pages } from "#interfaces/generated/pages.ts";
import type { PagesCaller } from "#services/node/node-service.ts";

export interface ServedPage {
  /** For one caller. */
  pages(caller: PagesCaller): Pages;
  /** What a tab was let in for; undefined if it did not come by a link of this node. */
  visit(node: NodeId): { readonly rights: readonly Right[]; readonly expiresMs: number } | undefined;
  close(): Promise<void>;
}
