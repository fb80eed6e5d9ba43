import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Looks } from './looks.ts';

describe('looks of the strategist', () => {
  test('the first at once, then one each interval', () => {
    const looks = new Looks(2000);
    assert.equal(looks.leftMs(0), 0);
    looks.looked(0);
    assert.equal(looks.leftMs(0), 2000);
    assert.equal(looks.leftMs(1500), 500);
    assert.equal(looks.leftMs(2500), 0);
  });

  test('what ended soon after the look is waited for; what ended later has a look of its own', () => {
    const looks = new Looks(2000);
    looks.looked(0);
    looks.isDueAgain('quick', 2010);
    looks.isDueAgain('slow', 3200);
    assert.equal(looks.leftMs(10), 2000);
    // A timer that fires a little early does not lose the strategy.
    looks.looked(2009);
    assert.equal(looks.leftMs(2009), 1);
    looks.looked(2010);
    assert.equal(looks.leftMs(2010), 1190);
    looks.looked(3200);
    assert.equal(looks.leftMs(3200), 2000);
  });

  test('many that end one after the other share looks', () => {
    const looks = new Looks(2000);
    looks.looked(0);
    for (let n = 0; n < 1000; n++) looks.isDueAgain(`network ${n}`, 2000 + n);
    let [now, count] = [1000, 0];
    for (; now < 2999; count++) {
      now += looks.leftMs(now);
      looks.looked(now);
    }
    assert.ok(count <= 11, `${count} looks`);
  });

  test('a clock that is set back delays no look by more than an interval and what is together with it', () => {
    const looks = new Looks(2000);
    looks.looked(1e9);
    looks.isDueAgain('one', 1e9 + 2010);
    assert.equal(looks.leftMs(0), 2100);
  });
});
