// So many at a time: what comes beyond that waits for its turn, in the order in which it came.

/** Does what it is given, `most` at a time; answers and errors are those of the work. */
export function inTurn(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = most;
  const waiting: (() => void)[] = [];
  return async work => {
    // A turn that ends is handed on, so that nobody who comes then is served before those who wait.
    if (free > 0) free--;
    else await new Promise<void>(resolve => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}
