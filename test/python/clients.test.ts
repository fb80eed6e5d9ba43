// The original's Python clients, compute service and compute manager, unmodified, against our stack. What they must get is said
// in python/tests; each of its checks is a test here.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Scope } from '../../src/domain/scope.ts';
import { hashKey } from '../../src/server/key-hash.ts';
import { type Stack, startStack } from '../../src/stack/stack.ts';
import { environment, LIMITED, NO_PYTHON, reportChecks, runPython } from './python.ts';

describe('the Python clients', { skip: NO_PYTHON, timeout: 600_000 }, () => {
  let folder = '';
  let stack: Stack;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'alchemiscale-python-'));
    stack = await startStack({ dataDir: folder, userPort: 0, computePort: 0 });
    const hashedKey = await hashKey(LIMITED.key);
    for (const type of ['user', 'compute'] as const) {
      const name = { type, identifier: LIMITED.identifier };
      const scopes = LIMITED.scopes.map(text => Scope.parse(text).toDict());
      await stack.store.identities.put({ ...name, hashedKey });
      await stack.store.identities.addScopes({ ...name, scopes });
    }
  });
  after(async () => {
    await stack?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  test('every method, whole compute services and managers', async t => {
    const ran = await runPython('check_clients.py', [], environment(stack), t.signal);
    await reportChecks(t, ran, { atLeast: 90 });
    assert.deepEqual(await stack.store.check(), []);
  });
});
