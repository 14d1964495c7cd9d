// The classes of traffic, as numbers on the wire: the lower goes first, at every hop.

import type { Priority } from "#glow";

export const priorities = ["control", "interactive", "bulk"] as const satisfies readonly Priority[];

export type PriorityClass = 0 | 1 | 2;

export function priorityClass(priority: Priority): PriorityClass {
  return priorities.indexOf(priority) as PriorityClass;
}
