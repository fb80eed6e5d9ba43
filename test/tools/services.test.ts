// `npm run services` on a set of servers of its own, with the one that starts fastest.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isRunning } from '../../tools/services/daemon.ts';
import { CACHE } from '../../tools/services/kinds.ts';
import { startNode } from '../support/program.ts';
import { findS3 } from '../support/services.ts';

const TOOL = fileURLToPath(new URL('../../tools/services.ts', import.meta.url));
const FOLDER = join(tmpdir(), `alchemiscale-services-test-${process.pid}`);
const s3 = await findS3();
const skip = 'skip' in s3 ? s3.skip : false;

async function services(
  ...args: string[]
): Promise<{ readonly code: number | string; readonly said: string }> {
  const program = startNode(['--conditions=@alchemiscale/source', TOOL, ...args], {
    ALCHEMISCALE_SERVICES_DIR: FOLDER,
    XDG_CACHE_HOME: join(CACHE, '..'),
  });
  return { code: await program.ended, said: program.stdout() + program.stderr() };
}

function processId(): number {
  return JSON.parse(readFileSync(join(FOLDER, 'services.json'), 'utf8')).s3.pid;
}

after(async () => {
  await services('down');
  rmSync(FOLDER, { recursive: true, force: true });
});

test('up, up again, up after it died, down', { skip }, async () => {
  const first = await services('up', 's3');
  assert.match(first.said, /^s3: up at http:\/\/127\.0\.0\.1:\d+, process \d+\n/);
  const { endpoint, secretAccessKey } = JSON.parse(readFileSync(join(FOLDER, 'services.json'), 'utf8')).s3;
  assert.ok(first.said.includes(`export AWS_ENDPOINT_URL=${endpoint} AWS_DEFAULT_REGION=`), first.said);
  assert.ok(first.said.includes(`AWS_SECRET_ACCESS_KEY=${secretAccessKey}\n`), 'how to sign in');
  assert.equal((await services('up', 's3')).said, first.said, 'nothing to do');

  const pid = processId();
  process.kill(pid, 'SIGKILL');
  assert.match((await services('status')).said, /^postgres: down\nneo4j: down\ns3: died; .*starts it again/);
  assert.match((await services('up', 's3')).said, /^s3: up at/);
  assert.notEqual(processId(), pid);

  const again = processId();
  assert.match((await services('down', 's3')).said, /^s3: down/);
  assert.equal(isRunning({ pid: again, folder: FOLDER }), false);
  assert.equal(existsSync(join(FOLDER, 's3')), false);
});

test('refuses what it does not know', async () => {
  for (const args of [[], ['sideways'], ['up', 'mysql']]) {
    const { code, said } = await services(...args);
    assert.equal(code, 2);
    assert.match(said, /^usage: npm run services up\|down\|status \[postgres\] \[neo4j\] \[s3\]/);
  }
});
