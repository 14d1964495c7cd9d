// Ids in what people read: each that has a name is shown by that, so that nobody has to know ids by heart.

/** As `idText` writes them; object ids, of 16 bytes, are the shortest. */
const idPattern = /[a-z2-7]{26,}/g;

/** The text with names in place of those ids that have one; the others stay. */
export function withNames(text: string, names: ReadonlyMap<string, string>): string {
  return text.replaceAll(idPattern, (id) => names.get(id) ?? id);
}

/** Those in a text that look like ids. */
export function idsIn(text: string): string[] {
  return text.match(idPattern) ?? [];
}
