// Neo4j community 5.26 from Maven Central: its jars are copied once into the cache folder and started by their own entry
// point, so that neither a container nor a package source is needed. Its first log-in is neo4j/neo4j and must be changed.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, type Daemon, freePort, runFetching, ServiceError } from './daemon.ts';
import { requireProgram } from './programs.ts';

const VERSION = '5.26.0';
const USER = 'neo4j';
const INITIAL_PASSWORD = 'neo4j';

/** A Neo4j server that may be started. Community edition has one database, `neo4j`. */
export interface Neo4j extends Daemon {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly port: number;
  readonly httpPort: number;
}

/** Makes a new, empty home in `folder`; fetches the jars into `cache` when they are not there. */
export async function prepareNeo4j(folder: string, cache: string): Promise<Neo4j> {
  requireProgram('java', 'apt-get install openjdk-17-jre-headless');
  await fetchJars(cache);
  mkdirSync(join(folder, 'conf'), { recursive: true });
  return at({ pid: 0, folder, user: USER, password: randomBytes(12).toString('hex') }, 0, 0);
}

function at(neo4j: Omit<Neo4j, 'url' | 'port' | 'httpPort'>, port: number, httpPort: number): Neo4j {
  return { ...neo4j, port, httpPort, url: `bolt://127.0.0.1:${port}` };
}

export async function placeNeo4j(neo4j: Neo4j): Promise<Neo4j> {
  const port = await freePort(neo4j.port);
  return at(neo4j, port, await freePort(neo4j.httpPort));
}

export function neo4jCommand({ folder, port, httpPort }: Neo4j, cache: string): Command {
  const conf = join(folder, 'conf');
  writeFileSync(
    join(conf, 'neo4j.conf'),
    [
      `server.bolt.listen_address=127.0.0.1:${port}`,
      `server.http.listen_address=127.0.0.1:${httpPort}`,
      'server.https.enabled=false',
      'server.memory.heap.initial_size=256m',
      'server.memory.heap.max_size=512m',
      'server.memory.pagecache.size=128m',
      'dbms.usage_report.enabled=false',
      '',
    ].join('\n'),
  );
  const opened = ['java.nio', 'java.io', 'sun.nio.ch', 'java.util.concurrent'];
  return {
    program: 'java',
    args: [
      '-Xms256m',
      '-Xmx512m',
      '-cp',
      join(jars(cache), '*'),
      ...opened.map(name => `--add-opens=java.base/${name}=ALL-UNNAMED`),
      'org.neo4j.server.CommunityEntryPoint',
      `--home-dir=${folder}`,
      `--config-dir=${conf}`,
    ],
    logPath: join(folder, 'log'),
    options: { cwd: folder },
  };
}

/** Ready when it lets us in; on the way the first password is replaced by ours. */
export async function isNeo4jReady({ httpPort, password }: Neo4j): Promise<boolean> {
  if (await answers(httpPort, password, 'RETURN 1', 'neo4j')) return true;
  const change = `ALTER CURRENT USER SET PASSWORD FROM '${INITIAL_PASSWORD}' TO '${password}'`;
  await answers(httpPort, INITIAL_PASSWORD, change, 'system');
  return false;
}

async function answers(
  port: number,
  password: string,
  statement: string,
  database: string,
): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/db/${database}/tx/commit`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${USER}:${password}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ statements: [{ statement }] }),
    signal: AbortSignal.timeout(10_000),
  });
  const body: unknown = await answer.json();
  return answer.ok && JSON.stringify(body).includes('"errors":[]');
}

function jars(cache: string): string {
  return join(cache, `neo4j-${VERSION}`);
}

async function fetchJars(cache: string): Promise<void> {
  const target = jars(cache);
  if (existsSync(target)) return;
  requireProgram('mvn', 'apt-get install maven');
  const work = `${target}.${process.pid}`;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const dependency = (group: string, name: string): string =>
    `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${VERSION}</version></dependency>`;
  writeFileSync(
    join(work, 'pom.xml'),
    `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
      <groupId>alchemiscale</groupId><artifactId>neo4j-for-tests</artifactId><version>1</version><dependencies>
      ${dependency('org.neo4j.app', 'neo4j-server')}${dependency('org.neo4j', 'neo4j')}</dependencies></project>`,
  );
  await runFetching({
    program: 'mvn',
    args: ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=lib', '-DincludeScope=runtime'],
    options: { cwd: work },
  });
  if (!readdirSync(join(work, 'lib')).some(name => name.startsWith('neo4j-kernel-5'))) {
    throw new ServiceError('Maven copied no jars of Neo4j');
  }
  renameSync(join(work, 'lib'), target);
  rmSync(work, { recursive: true, force: true });
}
