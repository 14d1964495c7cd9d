// How often a test with random input runs: seldom enough for `npm test`, which others wait for and which draws anew each time.

/**
 * As many runs as usual, times GLOW_RUNS if that is set: who works on a part gives it more, as in
 * `GLOW_RUNS=20 npm test -- --project scenarios test/scenarios/mesh`.
 */
export function runs(usual: number): number {
  return Math.max(1, Math.round(usual * Number(process.env["GLOW_RUNS"] ?? 1)));
}
