// The interpreter that has the original's package, and scripts of ours run by it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const INTERPRETER = process.env.ALCHEMISCALE_PYTHON || null;

/** Why tests that want the original's clients do not run; false when they do. */
export const NO_PYTHON: string | false =
  INTERPRETER === null && 'no Python with gufe: set ALCHEMISCALE_PYTHON';

/** The folder of the Python package and its tests. */
const FOLDER = fileURLToPath(new URL('../../python/', import.meta.url));

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
