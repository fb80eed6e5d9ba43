// versitygw: a real S3 server over a folder, built once from the Go module proxy into the cache folder.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, type Daemon, freePort, runFetching } from './daemon.ts';
import { requireProgram } from './programs.ts';

const VERSION = 'v1.8.0';

/** An S3 server that may be started. Buckets are addressed by path. */
export interface S3Server extends Daemon {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  readonly port: number;
}

/** Makes a new, empty place for buckets in `folder`; builds the server into `cache` when it is not there. */
export async function prepareS3(folder: string, cache: string): Promise<S3Server> {
  await buildServer(cache);
  mkdirSync(join(folder, 'buckets'), { recursive: true });
  mkdirSync(join(folder, 'attributes'), { recursive: true });
  const secretAccessKey = randomBytes(20).toString('hex');
  return at({ pid: 0, folder, accessKeyId: 'alchemiscale', secretAccessKey, region: 'us-east-1' }, 0);
}

function at(server: Omit<S3Server, 'endpoint' | 'port'>, port: number): S3Server {
  return { ...server, port, endpoint: `http://127.0.0.1:${port}` };
}

export async function placeS3(server: S3Server): Promise<S3Server> {
  return at(server, await freePort(server.port));
}

/** Attributes lie in files of their own, since not every file system has room for them (a tmpfs has not). */
export function s3Command(
  { folder, port, accessKeyId, secretAccessKey, region }: S3Server,
  cache: string,
): Command {
  return {
    program: program(cache),
    args: [
      '--port',
      `127.0.0.1:${port}`,
      '--region',
      region,
      '--keep-alive',
      '--quiet',
      'posix',
      '--sidecar',
      join(folder, 'attributes'),
      join(folder, 'buckets'),
    ],
    logPath: join(folder, 'log'),
    // Not on the command line, which every user of the machine can read.
    options: {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        ROOT_ACCESS_KEY_ID: accessKeyId,
        ROOT_SECRET_ACCESS_KEY: secretAccessKey,
      },
    },
  };
}

/** It answers, be it with a refusal: nobody has signed the request. */
export async function isS3Ready({ endpoint }: S3Server): Promise<boolean> {
  return (await fetch(endpoint, { signal: AbortSignal.timeout(5000) })).status < 500;
}

function program(cache: string): string {
  return join(cache, `versitygw-${VERSION}`);
}

async function buildServer(cache: string): Promise<void> {
  const target = program(cache);
  if (existsSync(target)) return;
  requireProgram('go', 'Go 1.21 or later (apt-get install golang-go, or https://go.dev/dl)');
  const work = `${target}.${process.pid}`;
  mkdirSync(work, { recursive: true });
  await runFetching({
    program: 'go',
    args: ['install', `github.com/versity/versitygw/cmd/versitygw@${VERSION}`],
    options: { cwd: work, env: { ...process.env, GOBIN: work, GOFLAGS: '-trimpath' } },
  });
  renameSync(join(work, 'versitygw'), target);
  rmSync(work, { recursive: true, force: true });
}
