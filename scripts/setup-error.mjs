// What goes wrong in the scripts that the person at the machine can mend.

/** The message says how; nobody needs to see where it was thrown. */
export class SetupError extends Error {}
