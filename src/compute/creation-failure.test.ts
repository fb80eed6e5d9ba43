import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeKeyedChainAs } from '../gufe/keyed-chain.ts';
import { ProtocolDAGResult } from '../gufe/protocol/result.ts';
import { creationFailure } from './creation-failure.ts';

const OPTIONS = {
  task: 'Task-00-o-c-p',
  transformationKey: 'Transformation-00',
  extendsKey: null,
  startTime: new Date(0),
  endTime: new Date(1000),
};

test('a failure says what went wrong, and travels', () => {
  const error = new TypeError('no such force field', { cause: new Error('file not found') });
  const result = creationFailure({ ...OPTIONS, error });
  assert.equal(result.ok, false);
  const read = decodeKeyedChainAs(ProtocolDAGResult, result.toJson());
  assert.equal(read.key, result.key);
  assert.equal(read.ok, false);
  assert.equal(read.name, OPTIONS.task);
  assert.equal(read.transformationKey, 'Transformation-00');
  const [failure] = read.failures;
  assert.equal(failure?.sourceKey, result.protocolUnits[0]?.key);
  assert.deepEqual(failure?.exception, { className: 'TypeError', args: ['no such force field'] });
  assert.match(
    failure?.traceback ?? '',
    /^TypeError: no such force field\n {4}at .*cause.*Error: file not found/s,
  );
});

test('what is thrown need not be an Error', () => {
  const [failure] = creationFailure({ ...OPTIONS, error: 'nope' }).failures;
  assert.equal(failure?.traceback, "'nope'");
});
