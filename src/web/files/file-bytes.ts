// The bytes of a file that the person chose, read as fast as they are taken.

/** `taken` is told how many have been read so far. */
export async function* fileBytes(file: Blob, taken: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  const reader = file.stream().getReader();
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
      bytes += value.length;
      taken(bytes);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
