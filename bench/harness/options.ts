// Words of the command line that mean the same to every benchmark. What makes no sense throws, and says what would.

export function positive(name: string, text: string | undefined, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (!(value > 0 && value < 3600)) throw new RangeError(`--${name} takes a number above 0, not ${text}`);
  return value;
}

export function count(name: string, text: string | undefined, otherwise: number): number {
  const value = positive(name, text, otherwise);
  if (!Number.isInteger(value)) throw new RangeError(`--${name} takes a whole number, not ${text}`);
  return value;
}

/** Those of `all` that `text` names, with commas between them; all without a text. `kind` is what they are. */
export function chosen<Name extends string>(kind: string, text: string | undefined, all: readonly Name[]): Name[] {
  if (text === undefined) return [...all];
  const names = text.split(",");
  const unknown = names.find((name) => !all.some((each) => each === name));
  if (unknown !== undefined) throw new RangeError(`there is no ${kind} "${unknown}"; there are ${all.join(", ")}`);
  return all.filter((name) => names.includes(name));
}
