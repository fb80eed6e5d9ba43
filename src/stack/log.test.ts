import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLog } from './log.ts';

test('a file gets every line of the level at once, with what is bound', t => {
  const folder = mkdtempSync(join(tmpdir(), 'alchemiscale-log-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'service.log');
  const log = createLog({ level: 'error', file, bindings: { service: 'svc' } });
  log.info('not at this level');
  log.error({ task: 'Task-1' }, 'a line for the test of the log');
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  assert.equal(lines.length, 1);
  const { time, ...line } = JSON.parse(lines[0] ?? '');
  assert.deepEqual(line, {
    level: 'error',
    service: 'svc',
    task: 'Task-1',
    msg: 'a line for the test of the log',
  });
  assert.ok(!Number.isNaN(Date.parse(time)));
});

test('a file that cannot be written is refused', () => {
  assert.throws(() => createLog({ level: 'info', file: '/nowhere/at/all.log' }), {
    name: 'AlchemiscaleError',
    message: /^\/nowhere\/at\/all\.log cannot be opened for logging: /,
  });
});
