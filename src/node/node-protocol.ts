// The name under which a node offers itself to the other devices of its user, over a session of the mesh.

export const nodeProtocol = "glow node 1";
