// The interpreter that has the original's package, and our scripts of checks run by it: each check becomes a test.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Stack } from '../../src/stack/stack.ts';

const INTERPRETER = process.env.ALCHEMISCALE_PYTHON || null;

/** Why tests that want the original's clients do not run; false when they do. */
export const NO_PYTHON: string | false =
  INTERPRETER === null && 'no Python with gufe: set ALCHEMISCALE_PYTHON';

/** The folder of the Python package and its tests. */
const FOLDER = fileURLToPath(new URL('../../python/', import.meta.url));

/** An identity of either kind with few scopes, for those who want one (python/tests/world.py). */
export const LIMITED = {
  identifier: 'limited',
  key: 'a key of no consequence',
  scopes: ['test-limited-*', 'other-one-two'],
} as const;

/** The variables by which the scripts know where to go and as whom. */
export function environment(stack: Stack): Record<string, string> {
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

export interface Ran {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script of python/tests/ to its end; the package of python/ can be imported in it. */
export async function runPython(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Ran> {
  const child = spawn(INTERPRETER ?? '', [`${FOLDER}tests/${script}`, ...args], {
    env: { ...process.env, PYTHONPATH: FOLDER, PYTHONDONTWRITEBYTECODE: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  const text = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text.stdout += part));
  child.stderr.setEncoding('utf8').on('data', (part: string) => (text.stderr += part));
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, ...text };
}

/** One test for each check that the script printed; and the script as a whole must have succeeded. */
export async function reportChecks(
  t: TestContext,
  { exitCode, stdout, stderr }: Ran,
  { atLeast }: { readonly atLeast: number },
): Promise<void> {
  const lines = stdout.split('\n');
  let count = 0;
  for (const [index, line] of lines.entries()) {
    const [, word, name] = /^(ok {3}|FAIL )(.+?)( \([\d.]+ s\))?$/.exec(line) ?? [];
    if (name === undefined) continue;
    count += 1;
    const reason = word === 'FAIL ' ? (lines[index + 1]?.trim() ?? '') : null;
    await t.test(name, () => assert.equal(reason, null));
  }
  assert.equal(exitCode, 0, `${lines.slice(-5).join('\n')}\n${stderr}`);
  assert.ok(count >= atLeast, `only ${count} checks ran`);
}
