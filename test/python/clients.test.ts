// The original's Python clients, compute service and compute manager, unmodified, against our stack. What they must get is said
// in python/tests; each of its checks is a test here.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { IdentityType } from '../../src/domain/identity.ts';
import { Scope } from '../../src/domain/scope.ts';
import { hashKey } from '../../src/server/key-hash.ts';
import { type Stack, startStack } from '../../src/stack/stack.ts';
import { NO_PYTHON, runPython } from './python.ts';

const LIMITED = { identifier: 'limited', key: 'a key of no consequence' };
const LIMITED_SCOPES = ['test-limited-*', 'other-one-two'];

describe('the Python clients', { skip: NO_PYTHON, timeout: 300_000 }, () => {
  let folder = '';
  let stack: Stack;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'alchemiscale-python-'));
    stack = await startStack({ dataDir: folder, userPort: 0, computePort: 0 });
    for (const type of ['user', 'compute'] as const) await addLimited(type);
  });
  after(async () => {
    await stack?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  async function addLimited(type: IdentityType): Promise<void> {
    const name = { type, identifier: LIMITED.identifier };
    await stack.store.identities.put({ ...name, hashedKey: await hashKey(LIMITED.key) });
    const scopes = LIMITED_SCOPES.map(text => Scope.parse(text).toDict());
    await stack.store.identities.addScopes({ ...name, scopes });
  }

  test('every method, whole compute services and managers', async t => {
    const ran = await runPython('check_clients.py', [], environment(stack), t.signal);
    const lines = ran.stdout.split('\n');
    const results = lines.flatMap((line, index) => {
      const [, word, name] = /^(ok {3}|FAIL )(.+?)( \([\d.]+ s\))?$/.exec(line) ?? [];
      return name === undefined ? [] : [{ name, reason: word === 'FAIL ' ? (lines[index + 1] ?? '') : null }];
    });
    for (const { name, reason } of results) {
      await t.test(name, () => assert.equal(reason, null));
    }
    assert.equal(ran.exitCode, 0, `${lines.slice(-5).join('\n')}\n${ran.stderr}`);
    assert.ok(results.length > 80, `only ${results.length} checks ran`);
    assert.deepEqual(await stack.store.check(), []);
  });
});

function environment(stack: Stack): Record<string, string> {
  const { userIdentity: user, computeIdentity: compute } = stack;
  return {
    ALCHEMISCALE_URL: stack.userUrl,
    ALCHEMISCALE_ID: user.identifier,
    ALCHEMISCALE_KEY: user.key,
    ALCHEMISCALE_COMPUTE_URL: stack.computeUrl,
    ALCHEMISCALE_COMPUTE_ID: compute.identifier,
    ALCHEMISCALE_COMPUTE_KEY: compute.key,
    ALCHEMISCALE_LIMITED_ID: LIMITED.identifier,
    ALCHEMISCALE_LIMITED_KEY: LIMITED.key,
    ALCHEMISCALE_LIMITED_COMPUTE_ID: LIMITED.identifier,
    ALCHEMISCALE_LIMITED_COMPUTE_KEY: LIMITED.key,
  };
}
