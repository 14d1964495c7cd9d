// What an error is about, as it was typed. A drive names things by their paths in it, since it does not know what people call it;
// the words of the command do.

import { GlowError } from "#base/errors.ts";
import { type DrivePath, namePathText, parseDrivePath } from "./name-path.ts";

/** The target of an error with the drive in front, if one drive alone can be meant by what was typed; else as it is. */
export function typedTarget({ op, target }: GlowError, words: readonly string[]): string | undefined {
  if (target === undefined || !op.startsWith("drive.")) return target;
  const places = new Set<string>();
  for (const typed of words.flatMap((word) => pathIn(word) ?? [])) {
    const isMeant = typed.path !== "" && (target === typed.path || target.startsWith(`${typed.path}/`));
    if (isMeant) places.add(namePathText({ ...typed, path: target }));
  }
  const [only, another] = places;
  return another === undefined ? (only ?? target) : target;
}

function pathIn(word: string): DrivePath | undefined {
  try {
    return word.startsWith("-") ? undefined : parseDrivePath(word);
  } catch (thrown) {
    if (thrown instanceof GlowError) return undefined;
    throw thrown;
  }
}
