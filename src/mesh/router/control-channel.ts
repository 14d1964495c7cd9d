// What neighbours say to one another beside the packets of sessions, by channel.

/**
 * Channels of a link's CONTROL frames. Append-only. `routingStart`, an empty message, chooses the link over which the
 * two sides speak of routes from now on; of two neighbours the one with the smaller id sends it. `setup` begins sessions
 * between neighbours: what is said in a CONTROL frame comes before the session's own packets, relayed bodies after them.
 */
export const controlChannel = { routing: 1, addresses: 2, routingStart: 3, setup: 4 } as const;
