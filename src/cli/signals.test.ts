import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, test } from 'node:test';
import { onStopSignals, STOP_SIGNALS, type StopSignal } from './signals.ts';

function listen() {
  const source = new EventEmitter();
  const heard: string[] = [];
  const clock = { ms: 0 };
  const listening = onStopSignals(
    {
      graceful: signal => heard.push(`graceful ${signal}`),
      forceful: signal => heard.push(`forceful ${signal}`),
    },
    source,
    () => clock.ms,
  );
  const send = (signal: StopSignal, atMs: number): void => {
    clock.ms = atMs;
    source.emit(signal);
  };
  return { source, heard, send, listening };
}

describe('onStopSignals', () => {
  test('the first signal is graceful, the second forceful', () => {
    const { heard, send } = listen();
    send('SIGINT', 0);
    send('SIGINT', 501);
    send('SIGINT', 2000);
    assert.deepEqual(heard, ['graceful SIGINT', 'forceful SIGINT', 'forceful SIGINT']);
  });

  test('repeats within half a second are echoes, counted from the one that was heard', () => {
    const { heard, send } = listen();
    for (const ms of [0, 3, 5, 499]) send('SIGINT', ms);
    assert.deepEqual(heard, ['graceful SIGINT']);
    send('SIGINT', 500);
    assert.deepEqual(heard, ['graceful SIGINT', 'forceful SIGINT']);
  });

  test('another signal is a second one, however soon', () => {
    const { heard, send } = listen();
    send('SIGHUP', 0);
    send('SIGTERM', 1);
    assert.deepEqual(heard, ['graceful SIGHUP', 'forceful SIGTERM']);
  });

  test('disposing leaves no listener', () => {
    const { source, listening } = listen();
    listening[Symbol.dispose]();
    for (const signal of STOP_SIGNALS) assert.equal(source.listenerCount(signal), 0);
  });
});
