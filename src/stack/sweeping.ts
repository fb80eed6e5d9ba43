// What processes that ended in the middle of something left behind is removed: at the start, and then every six hours.
// Only what is a day old, since whatever is younger may still be under way, here or in another process.
import type { Logger } from 'pino';

/** A place where something may have been left. */
export interface Sweepable {
  /** Removes what was begun before then and never ended. Returns how much it was. */
  sweep(before: Date): Promise<number>;
}

const AGE_MS = 24 * 60 * 60 * 1000;
const EVERY_MS = 6 * 60 * 60 * 1000;

/** Keeps places swept until it is disposed. A place that cannot be swept is a warning. */
export function keepSwept(
  places: Readonly<Record<string, Sweepable>>,
  log: Pick<Logger, 'info' | 'warn'>,
  everyMs: number = EVERY_MS,
): Disposable {
  let isOver = false;
  const sweep = async (name: string, place: Sweepable): Promise<void> => {
    try {
      const swept = await place.sweep(new Date(Date.now() - AGE_MS));
      if (swept > 0) log.info({ place: name, swept }, 'removed what earlier processes left unfinished');
    } catch (err) {
      if (!isOver)
        log.warn({ err, place: name }, 'what earlier processes left unfinished could not be removed');
    }
  };
  const sweepAll = (): void => {
    for (const [name, place] of Object.entries(places)) void sweep(name, place);
  };
  sweepAll();
  const timer = setInterval(sweepAll, everyMs).unref();
  return {
    [Symbol.dispose]() {
      isOver = true;
      clearInterval(timer);
    },
  };
}
