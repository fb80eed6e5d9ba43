// A program that outlives the command that started it: begun detached with its output in a file, found again by its
// process id, and believed to be itself only while its command line still names its folder (ids are used again).
import { type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What is remembered of a program. */
export interface Daemon {
  /** 0 when it has not been started. */
  readonly pid: number;
  /** Everything it writes lies below; an argument of its command line. */
  readonly folder: string;
}

/** How a program is started. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly logPath: string;
  readonly options?: Pick<SpawnOptions, 'uid' | 'gid' | 'env' | 'cwd'>;
}

/** For what a person can put right; shown without a stack. */
export class ServiceError extends Error {
  override readonly name: string = 'ServiceError';
}

/** Starts a program in a session of its own and returns its process id. */
export async function startDaemon({ program, args, logPath, options }: Command): Promise<number> {
  const log = openSync(logPath, 'a');
  try {
    const child = spawn(program, args, { ...options, detached: true, stdio: ['ignore', log, log] });
    await Promise.race([
      once(child, 'spawn'),
      once(child, 'error').then(([error]) => {
        throw new ServiceError(`${program} does not start: ${String(error)}`);
      }),
    ]);
    child.unref();
    return child.pid ?? 0;
  } finally {
    closeSync(log);
  }
}

export function isRunning({ pid, folder }: Daemon): boolean {
  return pid > 0 && commandLine(pid).includes(folder);
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // No such process; or no /proc, as on a Mac.
    return process.platform === 'linux'
      ? ''
      : spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).stdout;
  }
}

const PATIENCE_MS = 20_000;

/** Ends a program: politely first, and after 20 s not. */
export async function stopDaemon(daemon: Daemon, polite: NodeJS.Signals): Promise<void> {
  for (const signal of [polite, 'SIGKILL'] as const) {
    if (!isRunning(daemon)) return;
    process.kill(daemon.pid, signal);
    const deadline = Date.now() + PATIENCE_MS;
    while (isRunning(daemon) && Date.now() < deadline) await sleep(50);
  }
  if (isRunning(daemon)) throw new ServiceError(`process ${daemon.pid} does not end`);
}

/** Asks `ready` until it says yes. Throws with the end of the log when the program ends, or takes too long. */
export async function waitUntilReady(
  daemon: Daemon,
  { ready, logPath, timeoutMs }: { ready: () => Promise<boolean>; logPath: string; timeoutMs: number },
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await ready().catch(() => false))) {
    const ended = !isRunning(daemon);
    if (ended || Date.now() > deadline) {
      const what = ended ? 'ended while it started' : `was not ready after ${timeoutMs / 1000} s`;
      throw new ServiceError(
        `${what}; the end of ${logPath}:\n${readFileSync(logPath, 'utf8').slice(-2000)}`,
      );
    }
    await sleep(100);
  }
}

/** `wanted` if nothing listens there, else another free port of this machine. */
export async function freePort(wanted: number): Promise<number> {
  const server = createServer();
  try {
    server.listen(wanted, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  } catch (error) {
    if (wanted === 0) throw error;
    return await freePort(0);
  } finally {
    server.close();
  }
}

/** Runs a program to its end. Throws with what it said when it fails. */
export async function runToEnd({ program, args, options }: Omit<Command, 'logPath'>): Promise<void> {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stdout.on('data', part => (said += part));
  child.stderr.on('data', part => (said += part));
  const code = await new Promise<number | string>(resolve => {
    child.once('error', error => resolve(error.message));
    child.once('close', (status, signal) => resolve(status ?? String(signal)));
  });
  if (code !== 0) throw new ServiceError(`${program} failed (${code}):\n${said.slice(-2000)}`);
}

const FETCH_TRIES = 3;
const FETCH_PAUSE_MS = 5000;

/** The same for a program that fetches from a registry, which may be slow or away for a moment. */
export async function runFetching(command: Omit<Command, 'logPath'>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await runToEnd(command);
    } catch (error) {
      if (tries === FETCH_TRIES) throw error;
      await sleep(FETCH_PAUSE_MS);
    }
  }
}
