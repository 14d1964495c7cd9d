// Text from elsewhere (names of files, messages of nodes) on a terminal: what would move the cursor, change colours, or
// show something else than what is there is made visible instead. Who may name a file shall not own the screen.

/**
 * Control characters (C0 and C1), lone surrogates, and what is invisible or turns the direction of writing (Unicode
 * categories Cc, Cf, Cs, Zl, Zp), but for the joiners that scripts and emoji need.
 */
const unsafe = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** The text on one line, with what is unsafe as `\n`, `\x1b` or `\u{202e}`. */
export function safeText(text: string): string {
  return text.replace(unsafe, visible);
}

/** The same for text of several lines: ends of lines and tabs stay. */
export function safeLines(text: string): string {
  return text.replace(unsafe, (found) => (found === "\n" || found === "\t" ? found : visible(found)));
}

function visible(found: string): string {
  if (found === "\n") return "\\n";
  if (found === "\r") return "\\r";
  if (found === "\t") return "\\t";
  const code = found.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
}

/** Columns that safe text takes on a terminal: two for wide characters (Unicode Standard Annex 11, nearly), none for marks. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (/^[\p{Mn}\p{Me}\p{Cf}]$/u.test(character)) continue;
    width +=
      /^[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303e\uff01-\uff60]$/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return width;
}

/** At most so many columns: what is too long loses its beginning, since the end of a path says most. */
export function fitted(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  const room = Math.max(1, columns - 1);
  const tail: string[] = [];
  let width = 0;
  for (const character of Array.from(text).toReversed()) {
    width += textWidth(character);
    if (width > room) break;
    tail.unshift(character);
  }
  return `…${tail.join("")}`;
}
