// Two signals end a program: the first asks it to finish what it is doing, the second to quit at once. A terminal
// delivers Ctrl-C to every process of the foreground group, and the launcher and npm each forward it again, so one key
// press can arrive several times: repeats of a signal within half a second count as one.

export const STOP_SIGNALS = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;
export type StopSignal = (typeof STOP_SIGNALS)[number];

/** Repeats of a signal within this time are echoes of the same one. */
export const ECHO_MS = 500;

export interface StopHandlers {
  /** The first signal: finish what runs. */
  readonly graceful: (signal: StopSignal) => void;
  /** The second, and any after it: leave now. */
  readonly forceful: (signal: StopSignal) => void;
}

/** What signals arrive at: `process`, or an emitter in a test. */
export interface SignalSource {
  on(signal: StopSignal, listener: () => void): unknown;
  off(signal: StopSignal, listener: () => void): unknown;
}

/** Listens until disposed. `now` gives milliseconds of a clock that never jumps. */
export function onStopSignals(
  handlers: StopHandlers,
  source: SignalSource = process,
  now: () => number = () => performance.now(),
): Disposable {
  let stopping = false;
  const arrivedMs = new Map<StopSignal, number>();
  const listeners = STOP_SIGNALS.map(signal => {
    const listener = (): void => {
      const last = arrivedMs.get(signal);
      if (last !== undefined && now() - last < ECHO_MS) return;
      arrivedMs.set(signal, now());
      const respond = stopping ? handlers.forceful : handlers.graceful;
      stopping = true;
      respond(signal);
    };
    source.on(signal, listener);
    return [signal, listener] as const;
  });
  return {
    [Symbol.dispose]() {
      for (const [signal, listener] of listeners) source.off(signal, listener);
    },
  };
}
