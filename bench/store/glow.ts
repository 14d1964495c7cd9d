// Glow (to be wired).
import type { Synchroniser } from "./synchroniser.ts";
export const glow: Synchroniser = {
  about: () => "",
  check: () => {
    throw new Error("not yet");
  },
  start: () => Promise.reject(new Error("not yet")),
};
