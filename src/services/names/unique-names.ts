// Names for things that people may have called alike: the first, by its id, bears the plain name, the others a mark of theirs.
// The same on every node that knows the same things.

export interface Called {
  readonly id: string;
  readonly name: string;
}

/** How much of an id a mark has, at least. Ids begin alike, so it is taken from their end. */
const markLength = 4;

/** By id. */
export function uniqueNames(called: readonly Called[]): Map<string, string> {
  const sorted = called.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const plain = new Set(called.map(({ name }) => name));
  const firsts = new Set<string>();
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const { id, name } of sorted) {
    const shown = firsts.has(name) ? marked(name, id, (text) => plain.has(text) || taken.has(text)) : name;
    firsts.add(name);
    taken.add(shown);
    names.set(id, shown);
  }
  return names;
}

function marked(name: string, id: string, isTaken: (text: string) => boolean): string {
  for (let length = markLength; length < id.length; length++) {
    const text = `${name} (${id.slice(-length)})`;
    if (!isTaken(text)) return text;
  }
  return `${name} (${id})`;
}
