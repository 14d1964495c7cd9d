// Plays what the page shows, jumps about in it, and says how long that took.

import type { Page } from "playwright-core";

export interface Played {
  /** From the call of `play` to the first sound or picture. */
  readonly begunMs: number;
  /** From setting the time to playing on from there. */
  readonly jumpsMs: readonly number[];
  readonly durationS: number;
}

/** Of the browser's player, what is needed. */
interface Player {
  readonly duration: number;
  currentTime: number;
  muted: boolean;
  readonly readyState: number;
  play(): Promise<void>;
  addEventListener(type: string, listener: () => void, options: { readonly once: true }): void;
}

/** Jumps to a place, given as a part of the whole, back to the first tenth, and to halfway. */
export async function playAndJump(page: Page, element: "audio" | "video", to: number): Promise<Played> {
  const player = page.locator(element);
  await player.waitFor();
  return player.evaluate(
    async (found: unknown, places: readonly number[]): Promise<Played> => {
      const media = found as Player;
      const heard = (type: string) =>
        new Promise<void>((resolve) => media.addEventListener(type, resolve, { once: true }));
      if (media.readyState === 0) await heard("loadedmetadata");
      media.muted = true;
      const playing = heard("playing");
      const begun = performance.now();
      await media.play();
      await playing;
      const begunMs = Math.round(performance.now() - begun);
      const jumpsMs: number[] = [];
      for (const place of places) {
        const there = Promise.all([heard("seeked"), heard("timeupdate")]);
        const from = performance.now();
        media.currentTime = media.duration * place;
        await there;
        jumpsMs.push(Math.round(performance.now() - from));
      }
      return { begunMs, jumpsMs, durationS: media.duration };
    },
    [to, 0.1, 0.5],
  );
}
