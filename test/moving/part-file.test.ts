// How a file gets its name: never over another, and without what earlier processes left.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createPart } from '../../src/moving/part-file.ts';
import { startNode, until } from '../support/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'alchemiscale-parts-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('of two files that want one name the first gets it', async () => {
  const path = join(folder, 'monday');
  const [first, second] = await Promise.all([createPart(path), createPart(path)]);
  await first.file.write('first');
  await second.file.write('second');
  await first.publish();
  await assert.rejects(second.publish(), { code: 'BAD_REQUEST', message: /monday is there already$/ });
  await second.discard();
  assert.equal(readFileSync(path, 'utf8'), 'first');
  await assert.rejects(createPart(path), /monday is there already$/);
  assert.deepEqual(readdirSync(folder), ['monday']);
});

test('what a process left that is gone, or what is a day old, is removed; nothing else', async () => {
  const gone = startNode(['-e', '']);
  await gone.ended;
  const leave = (name: string, ageDays = 0): string => {
    writeFileSync(join(folder, name), '');
    const seconds = Date.now() / 1000 - ageDays * 25 * 3600;
    utimesSync(join(folder, name), seconds, seconds);
    return name;
  };
  leave(`.a.b.${hostname()}.${gone.pid}-0123abcd.part`);
  leave('.a.b.elsewhere.1-0123abcd.part', 1);
  // Ended, and nobody asked for it: the shell has become another program.
  const parent = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 30'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  after(() => parent.kill('SIGKILL'));
  const [zombie] = (await once(parent.stdout, 'data')) as [Buffer];
  const stat = `/proc/${String(zombie).trim()}/stat`;
  // Elsewhere what has ended and what runs look alike.
  if (existsSync('/proc/self/stat')) {
    leave(`.a.b.${hostname()}.${String(zombie).trim()}-0123abcd.part`);
    await until(() => !existsSync(stat) || / Z /.test(readFileSync(stat, 'latin1')), 'it has ended');
  }
  // Cannot be removed as a file, as little as somebody else's in a sticky folder.
  const stuck = `.a.b.${hostname()}.${gone.pid}-4567cdef.part`;
  mkdirSync(join(folder, stuck));
  const kept = [
    stuck,
    leave(`.a.b.${hostname()}.${process.pid}-0123abcd.part`),
    leave(`.a.b.elsewhere.${gone.pid}-0123abcd.part`),
    leave(`.a.${hostname()}.${gone.pid}-0123abcd.part`, 1),
    leave('.a.b.part', 1),
  ];
  const part = await createPart(join(folder, 'a.b'));
  await part.publish();
  assert.deepEqual(readdirSync(folder).sort(), [...kept, 'a.b', 'monday'].sort());
});
