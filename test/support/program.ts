// The program as a user runs it: a process of its own, what it prints, and a look at what it leaves running.
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** Nothing of the tester's own environment decides what the program does. The cache halves the time to its first line. */
const ENVIRONMENT = {
  PATH: process.env.PATH,
  HOME: '/nonexistent',
  NO_COLOR: '1',
  NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'),
};

export interface Program {
  readonly child: ChildProcess;
  readonly pid: number;
  /** What it has printed so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Its exit code, or the signal that killed it. */
  readonly ended: Promise<number | string>;
}

const started = new Set<ChildProcess>();

/** Kills what tests that failed have left; for an `after`. */
export function killPrograms(): void {
  for (const child of started) child.kill('SIGKILL');
}

/** Starts `alchemiscale …`. */
export function startProgram(args: readonly string[], env: Readonly<Record<string, string>> = {}): Program {
  return startNode([MAIN, ...args], env);
}

/** Starts Node on a file or with a script. */
export function startNode(args: readonly string[], env: Readonly<Record<string, string>> = {}): Program {
  const child = spawn(process.execPath, args, {
    env: { ...ENVIRONMENT, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.add(child);
  child.once('exit', () => started.delete(child));
  const text = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text.stdout += part));
  child.stderr.setEncoding('utf8').on('data', (part: string) => (text.stderr += part));
  const ended = once(child, 'close').then(([code, signal]) => (code as number | null) ?? String(signal));
  assert.ok(child.pid !== undefined);
  return { child, pid: child.pid, stdout: () => text.stdout, stderr: () => text.stderr, ended };
}

/** Runs `alchemiscale …` to its end. */
export async function runProgram(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly exitCode: number | string; readonly stdout: string; readonly stderr: string }> {
  const program = startProgram(args, env);
  const exitCode = await program.ended;
  return { exitCode, stdout: program.stdout(), stderr: program.stderr() };
}

/** Waits for something to become true; `what` is said when it does not. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  longestMs = 60_000,
): Promise<void> {
  const endMs = performance.now() + longestMs;
  while (!(await condition())) {
    assert.ok(performance.now() < endMs, `waited ${longestMs} ms in vain until ${what}`);
    await sleep(20);
  }
}

export interface Serving extends Program {
  readonly userUrl: string;
  readonly computeUrl: string;
}

/** Starts `alchemiscale up` and waits until it serves. */
export async function startUp(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Serving> {
  const program = startProgram(['up', ...args], env);
  const ready = /^alchemiscale is ready: user API (\S+), compute API (\S+),/m;
  let over = false;
  program.ended.then(() => (over = true));
  await until(() => over || ready.test(program.stdout()), 'it serves');
  const match = ready.exec(program.stdout());
  assert.ok(match, `it ended instead:\n${program.stdout()}${program.stderr()}`);
  return { ...program, userUrl: match[1] ?? '', computeUrl: match[2] ?? '' };
}

/** The command lines of processes that mention a text, such as a test's own folder; those of this process aside. */
export function processesWith(text: string): readonly string[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).trim().split('\n');
  return lines.filter(line => {
    const [pid, parent] = line.trim().split(/\s+/).map(Number);
    return line.includes(text) && pid !== process.pid && !(parent === process.pid && line.includes(' ps '));
  });
}
