import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GufeError } from '../gufe/error.ts';
import { inFile } from './gufe-files.ts';

test('an error names its file, and standard input in words', () => {
  const messageIn = (path: string): string => (inFile(path, new GufeError('wrong')) as Error).message;
  assert.equal(messageIn('net.json'), 'net.json: wrong');
  assert.equal(messageIn('-'), 'standard input: wrong');
});
