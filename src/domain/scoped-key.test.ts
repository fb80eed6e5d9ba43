import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseComputeId } from './compute-id.ts';
import { AlchemiscaleError } from './errors.ts';
import { ScopedKey } from './scoped-key.ts';

describe('ScopedKey', () => {
  test('takes its five fields apart', () => {
    const key = ScopedKey.parse('Task-5f1d-org-campaign_1-project');
    assert.equal(key.qualname, 'Task');
    assert.equal(key.token, '5f1d');
    assert.equal(key.gufeKey, 'Task-5f1d');
    assert.equal(String(key.scope), 'org-campaign_1-project');
    assert.equal(String(key), 'Task-5f1d-org-campaign_1-project');
    assert.ok(ScopedKey.fromDict(key.toDict()).equals(key));
  });

  const REFUSED = [
    'Task-1-o-c',
    'Task-1-o-c-p-x',
    'Task-1-*-*-*',
    'Task-1-o-c-*',
    'Foo Bar-1-o-c-p',
    "Task-'1-o-c-p",
    'Task`-1-o-c-p',
    '-1-o-c-p',
    'Täsk-1-o-c-p',
    'Task-1-1o-c-p',
    '',
  ];
  for (const text of REFUSED) {
    test(`${JSON.stringify(text)} is refused in the words that clients match on`, () => {
      assert.throws(
        () => ScopedKey.parse(text),
        (error: unknown) =>
          error instanceof AlchemiscaleError &&
          error.status === 422 &&
          error.message.includes('input does not appear to be a `ScopedKey`'),
      );
    });
  }
});

describe('parseComputeId', () => {
  const uuid = '0123456789abcdef0123456789abcdef';
  test('takes name and uuid apart', () => {
    assert.deepEqual(parseComputeId(`svc.a_b:2-${uuid}`, 'ComputeServiceID'), { name: 'svc.a_b:2', uuid });
  });
  const FORM = /ComputeManagerID must have the form/;
  const NAME = /ComputeManagerID must either start with/;
  const UUID = /Could not interpret the provided UUID/;
  const REFUSED: readonly (readonly [text: string, words: RegExp])[] = [
    [uuid, FORM],
    [`a-b-${uuid}`, FORM],
    [`-${uuid}`, NAME],
    [`1a-${uuid}`, NAME],
    [`a b-${uuid}`, NAME],
    ['a-123', UUID],
    [`a-${uuid}0`, UUID],
    [`a-${'g'.repeat(32)}`, UUID],
  ];
  for (const [text, words] of REFUSED) {
    test(`${text} is refused in the original's words`, () => {
      assert.throws(() => parseComputeId(text, 'ComputeManagerID'), words);
    });
  }
});
