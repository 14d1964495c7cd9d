// Waiting for what another program does to the file system: there is nothing to listen to, so one looks again and again.

export async function until(
  what: string,
  patienceMs: number,
  isSo: () => boolean | Promise<boolean>,
  everyMs = 20,
): Promise<void> {
  const endMs = performance.now() + patienceMs;
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`after ${patienceMs / 1000} s still not so: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
