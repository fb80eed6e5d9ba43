// How far a copy is.

export interface Progress {
  /** What is being done: `copying records`. */
  readonly stage: string;
  readonly done: number;
  /** About; null when nobody knows. */
  readonly total: number | null;
}

export type OnProgress = (progress: Progress) => void;
