// The compute services that the stack starts beside itself: processes of their own, each with a settings file in the data
// folder, as anybody would start one elsewhere. One that ends by itself is started again, after longer and longer waits.
//
// Each holds a channel to the stack's process; when that is gone, however it went, so are they (cli/commands/compute.ts).
// They lead process groups of their own, so a terminal's Ctrl-C reaches only the stack, which decides what they are told.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { stringify } from 'yaml';
import { SPOOL_FOLDER } from '../compute/spool.ts';
import type { ComputeStore } from '../store/state-store.ts';
import { createFolder, writeSecret } from './data-folder.ts';
import type { Credentials } from './first-identities.ts';

export interface LocalServicesOptions {
  readonly count: number;
  readonly slots: number;
  readonly computeUrl: string;
  readonly identity: Credentials;
  /** Where settings, shared and scratch folders are. */
  readonly folder: string;
  /** After which time the server forgets a silent service. */
  readonly silenceMs: number;
  readonly log: Logger;
}

/** The names of services started here; other services should have others. */
const NAME = /^local\d+-/;

/** Rests are short here: a claim on the same machine costs a millisecond. */
const SLEEP_SECONDS = 1;
const DEEP_SLEEP_SECONDS = 30;
const LONGEST_HEARTBEAT_SECONDS = 60;

/** A service that is told to quit stops its units, says good-bye and ends well within this time. */
const QUIT_MS = 6_000;
const FIRST_RESTART_MS = 1_000;
const LONGEST_RESTART_MS = 60_000;

export class LocalServices {
  readonly #options: LocalServicesOptions;
  readonly #running = new Set<ChildProcess>();
  readonly #stopped = new AbortController();
  #supervised: readonly Promise<void>[] = [];

  constructor(options: LocalServicesOptions) {
    this.#options = options;
  }

  /** Starts them all. */
  async start(): Promise<void> {
    const { folder, count } = this.#options;
    await createFolder(folder);
    await removeLeftovers(folder);
    const settings = [];
    for (let number = 1; number <= count; number += 1) settings.push(await this.#writeSettings(number));
    this.#supervised = settings.map(path => this.#supervise(path));
  }

  /** How many processes there are. */
  get running(): number {
    return this.#running.size;
  }

  /** Lets every service finish what it runs; resolves when all have ended. */
  async drain(): Promise<void> {
    this.#stopped.abort();
    for (const child of this.#running) child.kill('SIGTERM');
    await Promise.all(this.#supervised);
  }

  /** Ends every service now: tasks go back to waiting. Resolves when all have ended. */
  async quit(): Promise<void> {
    this.#stopped.abort();
    // Whatever was said before, the end of the channel means: at once.
    for (const child of this.#running) if (child.connected) child.disconnect();
    const late = setTimeout(() => {
      for (const child of this.#running) child.kill('SIGKILL');
    }, QUIT_MS);
    await Promise.all(this.#supervised);
    clearTimeout(late);
  }

  async #writeSettings(number: number): Promise<string> {
    const { identity, computeUrl, folder, slots, silenceMs, log } = this.#options;
    const path = join(folder, `local${number}.yaml`);
    const settings = stringify({
      api_url: computeUrl,
      identifier: identity.identifier,
      key: identity.key,
      name: `local${number}`,
      shared_basedir: join(folder, 'shared'),
      scratch_basedir: join(folder, 'scratch'),
      slots,
      sleep_interval: SLEEP_SECONDS,
      deep_sleep_interval: DEEP_SLEEP_SECONDS,
      heartbeat_interval: Math.min(LONGEST_HEARTBEAT_SECONDS, silenceMs / 4000),
      loglevel: log.level === 'fatal' ? 'critical' : log.level,
    });
    await writeSecret(path, `# Written at every start.\n${settings.trimEnd()}`);
    return path;
  }

  /** Runs one service until a stop, again and again. */
  async #supervise(settingsPath: string): Promise<void> {
    const { log } = this.#options;
    const { signal } = this.#stopped;
    for (let failures = 1; !signal.aborted; failures += 1) {
      const beganMs = performance.now();
      const ending = await this.#run(settingsPath);
      if (signal.aborted) return;
      if (performance.now() - beganMs > LONGEST_RESTART_MS) failures = 1;
      const waitMs = Math.min(FIRST_RESTART_MS * 2 ** (failures - 1), LONGEST_RESTART_MS);
      log.error(
        { settings: settingsPath, ending, waitSeconds: waitMs / 1000 },
        'a compute service ended; starting another',
      );
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** One process, from its start to its end. */
  async #run(settingsPath: string): Promise<string> {
    const child = spawn(
      process.execPath,
      [PROGRAM, 'compute', 'synchronous', '--attached', '-c', settingsPath],
      {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
        detached: process.platform !== 'win32',
      },
    );
    this.#running.add(child);
    try {
      const [code, killedBy] = (await once(child, 'exit')) as [number | null, string | null];
      return killedBy ?? `exit code ${code}`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      this.#running.delete(child);
    }
  }
}

/** The command line's entry: TypeScript in a clone, JavaScript in the package, as this file is. */
const PROGRAM = fileURLToPath(
  new URL(`../cli/main.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url),
);

/**
 * Ends the registrations of services that an earlier stack started and could not end: whoever holds the folder's lock
 * knows that they are gone, and their tasks need not wait for anybody to notice the silence.
 */
export async function endEarlierServices(compute: ComputeStore, owner: string, log: Logger): Promise<void> {
  for (const { service, owner: by } of await compute.list()) {
    if (by !== owner || !NAME.test(service)) continue;
    await compute.deregister({ service, owner });
    log.info({ service }, 'ended the registration of a service that is gone; its tasks wait again');
  }
}

/** Removes what killed services left of tasks that will be run anew; undelivered results stay. */
async function removeLeftovers(folder: string): Promise<void> {
  await rm(join(folder, 'scratch'), { recursive: true, force: true });
  const shared = join(folder, 'shared');
  for (const name of await readdir(shared).catch(() => [])) {
    if (name !== SPOOL_FOLDER) await rm(join(shared, name), { recursive: true, force: true });
  }
}
