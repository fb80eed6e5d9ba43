import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { decodeKeyedChainAs } from '../gufe/keyed-chain.ts';
import { ProtocolDAGResult } from '../gufe/protocol/result.ts';
import { creationFailure } from './creation-failure.ts';
import { frameOfResult } from './result-frame.ts';

const NAMES = { task: 'Task-00-o-c-p', transformationKey: 'Transformation-00', extendsKey: null };
const TIMES = { startTime: new Date(0), endTime: new Date(1) };
const RESULT = creationFailure({ ...NAMES, ...TIMES, error: new Error('no') });
const zstd = { compress: (bytes: Uint8Array) => zstdCompressSync(bytes) };
const read = (frame: Uint8Array) => decodeKeyedChainAs(ProtocolDAGResult, zstdDecompressSync(frame));

test('a result goes as it is', () => {
  const heard: unknown[] = [];
  const sent = read(frameOfResult(RESULT, zstd, cause => heard.push(cause)));
  assert.deepEqual([sent.key, heard], [RESULT.key, []]);
});

test('a result that cannot be written is answered with a failure that says why', () => {
  const longest = new RangeError('Invalid string length');
  class Endless extends ProtocolDAGResult {
    override toJson(): string {
      throw longest;
    }
  }
  const { name, protocolUnits, protocolUnitResults, transformationKey, extendsKey } = RESULT;
  const endless = new Endless({ name, protocolUnits, protocolUnitResults, transformationKey, extendsKey });
  const heard: unknown[] = [];
  const sent = read(frameOfResult(endless, zstd, cause => heard.push(cause)));
  assert.deepEqual(heard, [longest]);
  assert.equal(sent.ok, false);
  assert.equal(sent.name, NAMES.task);
  assert.equal(sent.transformationKey, NAMES.transformationKey);
  const [failure] = sent.failures;
  assert.equal(failure?.name, 'write the result');
  assert.match(failure?.traceback ?? '', /the result cannot be written: Invalid string length/);
});
