// The versions of the mesh protocol that this program speaks. A version says how everything is laid out that comes after
// the first message; the first message keeps its form for ever, as both sides must read it before they agree on one.

/** Not 0, which is a refusal. */
export const handshakeVersions: readonly number[] = [1];
