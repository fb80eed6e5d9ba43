// PostgreSQL from the system's packages, with its data in our folder and a port of its own. It refuses to run as root, so
// root starts it as `postgres` or `nobody`, who then must be able to reach the folder.
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, type Daemon, freePort, runToEnd, ServiceError } from './daemon.ts';

const NAME = 'alchemiscale';

/** A PostgreSQL server that may be started. */
export interface Postgres extends Daemon {
  /** Of a superuser. */
  readonly url: string;
  readonly port: number;
  readonly password: string;
}

/** Makes a new, empty cluster in `folder`. */
export async function preparePostgres(folder: string): Promise<Postgres> {
  const owner = serverUser();
  const password = randomBytes(12).toString('hex');
  const [data, passwordPath] = [join(folder, 'data'), join(folder, 'password')];
  mkdirSync(folder, { recursive: true });
  writeFileSync(passwordPath, password);
  if (owner !== null) for (const path of [folder, passwordPath]) chownSync(path, owner.uid, owner.gid);
  await runToEnd({
    program: join(binaries(), 'initdb'),
    args: [
      `--pgdata=${data}`,
      `--username=${NAME}`,
      `--pwfile=${passwordPath}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
    ],
    options: { ...owner, cwd: folder },
  });
  rmSync(passwordPath);
  return at({ pid: 0, folder, password }, 0);
}

function at(postgres: Omit<Postgres, 'url' | 'port'>, port: number): Postgres {
  return { ...postgres, port, url: `postgres://${NAME}:${postgres.password}@127.0.0.1:${port}/postgres` };
}

export async function placePostgres(postgres: Postgres): Promise<Postgres> {
  return at(postgres, await freePort(postgres.port));
}

/** Room for many tests at once; no socket file, whose path could be too long. */
export function postgresCommand({ folder, port }: Postgres): Command {
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=400'];
  return {
    program: join(binaries(), 'postgres'),
    args: ['-D', join(folder, 'data'), '-p', String(port), ...settings.flatMap(setting => ['-c', setting])],
    logPath: join(folder, 'log'),
    options: { ...serverUser(), cwd: folder },
  };
}

export async function isPostgresReady({ port }: Postgres): Promise<boolean> {
  const args = ['-q', '-h', '127.0.0.1', '-p', String(port), '-t', '2'];
  await runToEnd({ program: join(binaries(), 'pg_isready'), args });
  return true;
}

function binaries(): string {
  const debian = globSync('/usr/lib/postgresql/*/bin').sort((a, b) => version(b) - version(a));
  const others = ['/opt/homebrew/bin', '/usr/local/bin', '/usr/local/pgsql/bin', '/usr/bin'];
  const found = [...debian, ...others].find(folder =>
    ['initdb', 'postgres', 'pg_isready'].every(program => existsSync(join(folder, program))),
  );
  if (found !== undefined) return found;
  throw new ServiceError('its server programs are not installed: apt-get install postgresql');
}

function version(folder: string): number {
  return Number(/postgresql\/(\d+)/.exec(folder)?.[1] ?? 0);
}

function serverUser(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const users = new Map(
    readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map(line => [line.split(':')[0], line.split(':')] as const),
  );
  const fields = users.get('postgres') ?? users.get('nobody');
  if (fields === undefined) throw new ServiceError('it does not run as root, and there is no user `nobody`');
  return { uid: Number(fields[2]), gid: Number(fields[3]) };
}
