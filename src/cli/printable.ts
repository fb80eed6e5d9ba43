// Text of files on its way to a terminal, which obeys control characters: a key or a class name may have them.

/** The same in one line, with nothing in it that a terminal would obey. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]+/gu, ' ');
}
