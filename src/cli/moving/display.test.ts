import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CopyDisplay, progressLine } from './display.ts';

describe('progressLine', () => {
  test('a bar, what is done, and what is left to wait once that can be said', () => {
    const progress = { stage: 'copying records', done: 4500, total: 9000 };
    assert.equal(progressLine(progress, 1), 'copying records ████████████░░░░░░░░░░░░ 4,500 of 9,000, 50 %');
    assert.match(progressLine(progress, 30), /50 %, about 30 s to go$/);
  });

  test('the file is counted in megabytes', () => {
    const progress = { stage: 'checking the file', done: 1_048_576, total: 4_194_304_000 };
    assert.match(progressLine(progress, 1), /^checking the file ░+ 1\.0 MB of 4,194\.3 MB, 0 %$/);
  });

  test('a total that was too small, or is not known', () => {
    assert.match(progressLine({ stage: 's', done: 12, total: 10 }, 5), /12 of 12, 100 %$/);
    assert.equal(progressLine({ stage: 's', done: 12, total: null }, 5), 's 12');
    assert.equal(progressLine({ stage: 's', done: 0, total: 0 }, 5), 's');
  });
});

describe('CopyDisplay', () => {
  const show = (
    isTTY: boolean,
    times: readonly (readonly [ms: number, stage: string, done: number])[],
  ): string => {
    let text = '';
    let now = 0;
    const stream = {
      isTTY,
      columns: 60,
      write: (part: string) => (text += part),
    } as unknown as NodeJS.WriteStream;
    const display = new CopyDisplay(stream, () => now);
    for (const [ms, stage, done] of times) {
      now = ms;
      display.show({ stage, done, total: 4 });
    }
    display.end();
    return text;
  };

  test('without a terminal one line for each stage, with nothing to draw by', () => {
    const text = show(false, [
      [0, 'one', 0],
      [50, 'one', 1],
      [60_000, 'one', 3],
      [60_100, 'one', 4],
      [60_200, 'two', 0],
    ]);
    assert.equal(text, 'one: 4\ntwo: 4\n');
  });

  test('a line that is redrawn on a terminal, ten times a second and no wider than it', () => {
    const text = show(true, [
      [0, 'one', 0],
      [50, 'one', 1],
      [150, 'one', 2],
      [160, 'two', 0],
    ]);
    assert.deepEqual(text.match(/\d of 4|\n/g), ['0 of 4', '2 of 4', '\n', '0 of 4', '\n']);
    for (const line of text.split(/\r|\n/)) assert.ok(line.replace('\u001b[2K', '').length < 60);
  });
});
