// Links to the page of a node: the same code leads in wherever the page is served.

/** The same link where others in the network find the page, as a full node; undefined where this machine alone does. */
export function farLink(link: string, network: readonly string[]): string | undefined {
  const base = network.find((each) => each.startsWith("https:"));
  return base === undefined ? undefined : new URL(new URL(link).hash, base).href;
}

/** A link that lets in with a code. It is in the fragment, which browsers send to nobody. */
export function joinLink(base: string, code: string): string {
  return new URL(`#join=${encodeURIComponent(code)}`, base).href;
}
