// The original itself, alchemiscale (Python), serving one Neo4j database and one bucket: its two APIs as processes.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { delimiter } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { TestBucket } from './buckets.ts';
import type { Neo4jService, S3Service } from './services.ts';

const INTERPRETER = process.env.ALCHEMISCALE_PYTHON || null;

/** Why tests that want the original's servers do not run; false when they do. */
export const NO_ORIGINAL: string | false =
  INTERPRETER === null && 'no Python with alchemiscale: set ALCHEMISCALE_PYTHON';

/** Its servers import the protocols of what is submitted: those of the Python checks, and our own. */
const PROTOCOLS = ['../../python/tests/', '../../python/']
  .map(folder => fileURLToPath(new URL(folder, import.meta.url)))
  .join(delimiter);
const START_PATIENCE_MS = 120_000;

/** What it serves, and by which secret its tokens are signed. */
export interface OriginalPlace {
  readonly neo4j: Neo4jService;
  readonly s3: S3Service;
  readonly bucket: TestBucket;
  readonly prefix: string;
  readonly jwtSecret: string;
}

/** Its servers, running. Disposing ends them at once. */
export interface Original extends AsyncDisposable {
  readonly userUrl: string;
  readonly computeUrl: string;
  /** Runs a command of its command line; resolves with what it printed. Rejects when it fails. */
  run(...args: readonly string[]): Promise<string>;
}

export async function startOriginal(place: OriginalPlace): Promise<Original> {
  await using undo = new AsyncDisposableStack();
  const env = environmentOf(place);
  const serve = async (...command: readonly string[]): Promise<string> => {
    const port = await freePort();
    const child = start([...command, '--host', '127.0.0.1', '--port', String(port), '--workers', '1'], env);
    undo.defer(() => end(child));
    const url = `http://127.0.0.1:${port}`;
    await untilServing(`${url}/ping`, child);
    return url;
  };
  const [userUrl, computeUrl] = await Promise.all([serve('api'), serve('compute', 'api')]);
  const rest = undo.move();
  return {
    userUrl,
    computeUrl,
    run: (...args) => run(args, env),
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}

function environmentOf({ neo4j, s3, bucket, prefix, jwtSecret }: OriginalPlace): NodeJS.ProcessEnv {
  const { AWS_SESSION_TOKEN: _, ...inherited } = process.env;
  return {
    ...inherited,
    NEO4J_URL: neo4j.url,
    NEO4J_USER: neo4j.user,
    NEO4J_PASS: neo4j.password,
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
    AWS_DEFAULT_REGION: s3.region,
    AWS_ENDPOINT_URL: s3.endpoint,
    AWS_S3_BUCKET: bucket.name,
    AWS_S3_PREFIX: prefix,
    JWT_SECRET_KEY: jwtSecret,
    PYTHONPATH: PROTOCOLS,
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONWARNINGS: 'ignore',
  };
}

function start(args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  // A group of its own: gunicorn has workers.
  return spawn(INTERPRETER ?? '', ['-c', 'from alchemiscale.cli import cli; cli()', ...args], {
    env,
    stdio: 'ignore',
    detached: true,
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) return;
  const gone = once(child, 'exit');
  process.kill(-child.pid, 'SIGKILL');
  await gone;
}

async function untilServing(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_PATIENCE_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null)
      throw new Error(`the original ended with ${child.exitCode} while it started`);
    const answer = await fetch(url, { signal: AbortSignal.timeout(2000) }).catch(() => null);
    if (answer?.ok === true) return;
    await sleep(200);
  }
  throw new Error(`the original does not serve ${url}`);
}

async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn(INTERPRETER ?? '', ['-c', 'from alchemiscale.cli import cli; cli()', ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
  child.stderr.setEncoding('utf8').on('data', (part: string) => (text += part));
  const [exitCode] = (await once(child, 'close')) as [number | null];
  if (exitCode !== 0) throw new Error(`alchemiscale ${args.join(' ')} ended with ${exitCode}:\n${text}`);
  return text;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
