// Sentences of which there may be any number: the first are kept, and how many there were.

/** Sentences, the first of many. */
export interface Notes {
  readonly count: number;
  readonly first: readonly string[];
}

/** How many are kept. */
export const MAX_SENTENCES = 20;

export class NoteList implements Notes {
  count = 0;
  readonly first: string[] = [];

  /** `count` is how much they stand for: one each unless told. */
  add(sentences: readonly string[], count: number = sentences.length): void {
    this.count += count;
    this.first.push(...sentences.slice(0, MAX_SENTENCES - this.first.length));
  }
}
