// What was found damaged, each place once, however often it is met.

import { logLimits } from "#base/limits.ts";
import type { LogDamage } from "#glow";

export class DamageList {
  readonly #found: LogDamage[] = [];

  get entries(): readonly LogDamage[] {
    return this.#found;
  }

  /** Past `logLimits.damages` one entry of the file is widened instead: nothing is ever left unsaid. */
  add(path: string, offset: number, lengthBytes: number): void {
    const end = offset + lengthBytes;
    const full = this.#found.length >= logLimits.damages;
    const at = this.#found.findIndex((each) => each.path === path && (full || touches(each, offset, end)));
    const known = this.#found[at];
    if (known === undefined) {
      this.#found.push({ path, offset, lengthBytes });
      return;
    }
    const from = Math.min(known.offset, offset);
    const to = Math.max(known.offset + known.lengthBytes, end);
    this.#found[at] = { path, offset: from, lengthBytes: to - from };
  }
}

function touches(known: LogDamage, offset: number, end: number): boolean {
  return offset <= known.offset + known.lengthBytes && known.offset <= end;
}
