// `npm run services up|down|status [postgres] [neo4j] [s3]`: real servers for the tests that want them, without containers.
// They run on free ports of 127.0.0.1 until `down`, with their data in .services/; where they listen and how to log in is
// in .services/services.json, which test/support/services.ts reads. What has to be fetched or built is kept in
// ~/.cache/alchemiscale-services.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { AlchemiscaleError } from '../src/domain/errors.ts';
import { lockFolder } from '../src/stack/folder-lock.ts';
import { isRunning, ServiceError, stopDaemon } from './services/daemon.ts';
import { bringUp, KINDS, SERVICE_NAMES, type ServiceName, type Services } from './services/kinds.ts';

/** Another folder is another set of servers. */
const FOLDER = resolve(
  process.env.ALCHEMISCALE_SERVICES_DIR ?? fileURLToPath(new URL('../.services', import.meta.url)),
);
const RECORD = join(FOLDER, 'services.json');
const USAGE = `usage: npm run services up|down|status [${SERVICE_NAMES.join('] [')}]`;

const [action, ...rest] = process.argv.slice(2);
const unknown = rest.filter(name => !(SERVICE_NAMES as readonly string[]).includes(name));
if (!['up', 'down', 'status'].includes(action ?? '') || unknown.length > 0) {
  console.error(USAGE);
  process.exit(2);
}
const names = rest.length === 0 ? SERVICE_NAMES : (rest as ServiceName[]);

if (action === 'status') {
  const services = readServices();
  for (const name of names) console.log(`${name}: ${stateOf(services, name)}`);
} else {
  mkdirSync(FOLDER, { recursive: true });
  using _lock = await takeTurns();
  const work = action === 'up' ? up : down;
  const ends = await Promise.allSettled(names.map(name => work(name)));
  for (const [i, end] of ends.entries()) {
    if (end.status === 'fulfilled') continue;
    console.error(
      `${names[i]}: ${end.reason instanceof ServiceError ? end.reason.message : end.reason?.stack}`,
    );
    process.exitCode = 1;
  }
}

async function up<N extends ServiceName>(name: N): Promise<void> {
  await bringUp(name, readServices()[name], {
    folder: join(FOLDER, name),
    save: service => writeServices({ ...readServices(), [name]: service }),
  });
  const services = readServices();
  console.log(`${name}: ${stateOf(services, name)}`);
  if (name === 's3' && services.s3 !== undefined) for (const line of signIn(services.s3)) console.log(line);
}

/** What PostgreSQL and Neo4j have in their URLs. The keys are made up for this server and go with it, so they may be shown. */
function signIn({ endpoint, region, accessKeyId, secretAccessKey }: Services['s3']): readonly string[] {
  return [
    `  export AWS_ENDPOINT_URL=${endpoint} AWS_DEFAULT_REGION=${region}`,
    `  export AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey}`,
    '  keys of this server alone, which `down` throws away; buckets: docs/operations/s3.md',
  ];
}

async function down(name: ServiceName): Promise<void> {
  const service = readServices()[name];
  if (service !== undefined) {
    await stopDaemon(service, KINDS[name].stopSignal);
    rmSync(service.folder, { recursive: true, force: true });
  }
  rmSync(join(FOLDER, name), { recursive: true, force: true });
  const { [name]: _gone, ...others } = readServices();
  writeServices(others);
  console.log(`${name}: down, its data removed`);
}

function stateOf(services: Partial<Services>, name: ServiceName): string {
  const service = services[name];
  if (service === undefined) return 'down';
  const place = 'url' in service ? service.url : service.endpoint;
  return isRunning(service)
    ? `up at ${place}, process ${service.pid}`
    : 'died; `npm run services up` starts it again';
}

function readServices(): Partial<Services> {
  try {
    return JSON.parse(readFileSync(RECORD, 'utf8')) as Partial<Services>;
  } catch {
    return {};
  }
}

/** Readers find the old text or the new, never a half. */
function writeServices(services: Partial<Services>): void {
  const draft = `${RECORD}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(services, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, RECORD);
}

/** Two who bring services up at once wait for each other; the first may be building for minutes. */
async function takeTurns(): Promise<Disposable> {
  for (let told = false; ; told = true) {
    try {
      return lockFolder(FOLDER, join(FOLDER, 'lock'));
    } catch (error) {
      if (!(error instanceof AlchemiscaleError) || error.code !== 'CONFLICT') throw error;
      if (!told) console.error('another `npm run services` is at work; waiting for it');
      await sleep(500);
    }
  }
}
