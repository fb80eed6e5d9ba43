// The server as users run it: a process of its own, started by the command line from the built program.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';

const BUILT = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const BUILD = fileURLToPath(new URL('../tools/build.ts', import.meta.url));

export interface Credentials {
  readonly identifier: string;
  readonly key: string;
}

export interface ServerProcess extends AsyncDisposable {
  readonly userUrl: string;
  readonly computeUrl: string;
  readonly user: Credentials;
  readonly compute: Credentials;
  /** Milliseconds from the start of the process to the line that says it serves. */
  readonly readyMs: number;
  /** Resident memory in bytes. */
  memory(): number;
}

let isBuilt = false;

/**
 * Starts `alchemiscale up --services 0` on a data folder that has served nobody yet. Its state store is a file in it, or where
 * `storeUrl` says.
 */
export async function startServer(folder: string, storeUrl: string | null = null): Promise<ServerProcess> {
  if (!isBuilt || !existsSync(BUILT)) execFileSync(process.execPath, [BUILD], { stdio: 'inherit' });
  isBuilt = true;
  const started = performance.now();
  const args = [BUILT, 'up', '--services', '0', '--user-port', '0', '--compute-port', '0'];
  const objects = pathToFileURL(join(folder, 'objects')).href;
  // `--data` names all three: database, objects and secrets.
  if (storeUrl === null) args.push('--data', folder);
  else args.push('--objects', objects);
  const elsewhere = storeUrl === null ? {} : { XDG_DATA_HOME: folder, ALCHEMISCALE_DB: storeUrl };
  const env = { ...process.env, ...elsewhere };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const { urls, credentials } = await readGreeting(child);
  const [user, compute] = credentials;
  if (user === undefined || compute === undefined) throw new Error('the data folder had served before');
  return {
    ...urls,
    user,
    compute,
    readyMs: performance.now() - started,
    memory: () => residentBytes(child.pid ?? 0),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

interface Greeting {
  readonly urls: { readonly userUrl: string; readonly computeUrl: string };
  readonly credentials: readonly Credentials[];
}

async function readGreeting(child: ChildProcess): Promise<Greeting> {
  const identifiers: string[] = [];
  const keys: string[] = [];
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    identifiers.push(...(/ALCHEMISCALE_ID=(\S+)/.exec(line)?.slice(1) ?? []));
    keys.push(...(/ALCHEMISCALE_KEY=(\S+)/.exec(line)?.slice(1) ?? []));
    const [, userUrl, computeUrl] = /user API (http:[^\s,]+), compute API (http:[^\s,]+)/.exec(line) ?? [];
    if (userUrl === undefined || computeUrl === undefined) continue;
    const credentials = identifiers.map((identifier, index) => ({ identifier, key: keys[index] ?? '' }));
    return { urls: { userUrl, computeUrl }, credentials };
  }
  throw new Error('the server ended before it was ready');
}

function residentBytes(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}
