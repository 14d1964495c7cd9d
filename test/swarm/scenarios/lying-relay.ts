// A relay that tells the truth about routes and ill-treats what passes through it: drops, damages, doubles, delays it, and
// sends it where it came from.

import { chance, float, integerBelow, type SeededRandom } from "#base/random.ts";
import type { Platform } from "#glow";
import type { LinkEvents, Relayed, SecureLink } from "#mesh/link/link.ts";
import type { Mesh } from "#mesh/mesh.ts";
import type { Pieces } from "#mesh/wire/piece-reader.ts";

export class LyingRelay {
  readonly #random: SeededRandom;
  /** How often it does what, drawn once: one that drops everything is another enemy than one that does so at times. */
  readonly #drop: number;
  readonly #damage: number;
  readonly #double: number;
  readonly #delay: number;

  constructor(random: SeededRandom) {
    this.#random = random;
    const [drop, damage, double, delay] = Array.from({ length: 4 }, () => float(random) ** 3) as [
      number,
      number,
      number,
      number,
    ];
    this.#drop = chance(random, 0.2) ? 1 : drop;
    this.#damage = damage;
    this.#double = double;
    this.#delay = delay;
  }

  /** From now on, as long as `lies` says so. */
  infest(mesh: Mesh, { timers }: Platform, lies: () => boolean): void {
    const events = mesh.router.linkEvents;
    const honest = events.relayed;
    events.relayed = (link, header, body) => {
      if (!lies()) honest(link, header, body);
      else this.#relay(honest, timers, link, header, body);
    };
  }

  #relay(
    honest: LinkEvents["relayed"],
    timers: Platform["timers"],
    link: SecureLink,
    header: Relayed,
    body: Pieces,
  ): void {
    const random = this.#random;
    if (chance(random, this.#drop)) return;
    const passed = chance(random, this.#damage) ? this.#damaged(body) : body;
    if (chance(random, this.#double)) honest(link, header, passed);
    if (chance(random, this.#delay)) timers.after(integerBelow(random, 2000), () => honest(link, header, body));
    else honest(link, header, passed);
  }

  #damaged(body: Pieces): Pieces {
    return body.map((piece) => {
      const copy = Uint8Array.from(piece);
      const at = integerBelow(this.#random, Math.max(1, copy.length));
      if (copy.length > 0) copy[at] = (copy[at] as number) ^ (1 + integerBelow(this.#random, 255));
      return copy;
    });
  }
}
