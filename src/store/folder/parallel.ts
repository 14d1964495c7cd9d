// Has several things done at once, and gives out what comes of them as it comes: no more is begun than whoever takes the
// results can keep up with.

/**
 * `begin` starts the next thing; undefined: there is none as long as nothing else that runs has ended. Fails with the first
 * that fails. Whoever stops early leaves what runs to itself.
 */
export async function* inParallel<Result>(
  width: number,
  begin: () => Promise<Result> | undefined,
): AsyncGenerator<Result, void, undefined> {
  const running = new Set<Promise<Ended<Result>>>();
  try {
    for (;;) {
      while (running.size < width) {
        const begun = begin();
        if (begun === undefined) break;
        const ending: Promise<Ended<Result>> = begun.then((result) => ({ ending, result }));
        running.add(ending);
      }
      if (running.size === 0) return;
      const { ending, result } = await Promise.race(running);
      running.delete(ending);
      yield result;
    }
  } finally {
    for (const each of running) each.catch(() => undefined);
  }
}

interface Ended<Result> {
  readonly ending: Promise<Ended<Result>>;
  readonly result: Result;
}
