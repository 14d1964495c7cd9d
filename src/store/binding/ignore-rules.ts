// What of a bound folder stays where it is: the lines of `.glowignore`, in the syntax of .gitignore, after a few of our own.
// A path that is ignored is left alone on both sides; rules count alike for the folder and for the drive's tree.

import ignore, { type Ignore } from "ignore";
import { GlowError } from "#base/errors.ts";
import { bindingLimits } from "#base/limits.ts";
import { ignoreFileName, isOwnName } from "./own-names.ts";
import { bindingPace } from "./pace.ts";

/**
 * What comes and goes while programs work and is of no use elsewhere; a line such as `!.DS_Store` brings it back. Not
 * here: `*~`, `*.bak`, `*.tmp` and `#*#`, which may be all that is left of somebody's work.
 */
export const builtInPatterns: readonly string[] = [
  // Locks and swap files of Emacs, Vim, LibreOffice and Microsoft Office.
  ".#*",
  ".*.sw[a-p]",
  ".~lock.*#",
  "~$*",
  // What file managers and file systems leave everywhere.
  ".DS_Store",
  "Thumbs.db",
  "desktop.ini",
  ".Trash-*/",
  ".fuse_hidden*",
  ".nfs*",
  "/lost+found/",
  "/$RECYCLE.BIN/",
  "/System Volume Information/",
];

export class IgnoreRules {
  /** What they were made of. */
  readonly text: string;
  readonly #patterns: readonly string[];
  #rules: Ignore;
  #tested = 0;

  /** `too-large` past `bindingLimits.ignorePatterns` or `ignorePatternLength`. */
  constructor(text = "") {
    const patterns = text.split(/\r?\n/);
    const longest = patterns.reduce((most, { length }) => Math.max(most, length), 0);
    if (patterns.length > bindingLimits.ignorePatterns || longest > bindingLimits.ignorePatternLength) {
      const most = `${bindingLimits.ignorePatterns} lines of ${bindingLimits.ignorePatternLength} characters`;
      throw new GlowError("too-large", "ignore.read", {
        target: ignoreFileName,
        message: `${ignoreFileName} has more than ${most}: shorten it; until then the rules from before hold`,
      });
    }
    this.text = text;
    this.#patterns = [...builtInPatterns, ...patterns];
    this.#rules = this.#compile();
  }

  /** `path` is relative to the bound folder. What lies in an ignored folder is ignored as well. */
  has(path: string, folder: boolean): boolean {
    if (path.split("/").some(isOwnName)) return true;
    // The library remembers every path that it was asked about.
    if (++this.#tested % bindingPace.ignoreCachePaths === 0) this.#rules = this.#compile();
    return this.#rules.ignores(folder ? `${path}/` : path);
  }

  #compile(): Ignore {
    return ignore({ allowRelativePaths: true, ignorecase: false }).add(this.#patterns);
  }
}
