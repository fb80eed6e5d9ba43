// `transfer`, `backup` and `restore` as they refuse: one clear sentence, the usual exit code, and nothing left behind.
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openStateStore } from '../../src/store/open.ts';
import { killPrograms, runProgram } from '../support/program.ts';
import { fillRichly } from './rich-instance.ts';

const folder = mkdtempSync(join(tmpdir(), 'alchemiscale-commands-'));
after(() => {
  killPrograms();
  rmSync(folder, { recursive: true, force: true });
});

const data = join(folder, 'data');
const whole = join(folder, 'whole');
const cutOff = join(folder, 'cut off');
const damaged = join(folder, 'damaged');

before(async () => {
  mkdirSync(data);
  {
    await using store = await openStateStore(`sqlite://${join(data, 'state.db')}`, { seed: 1 });
    await store.initialize();
    await fillRichly(store, null);
  }
  const { exitCode, stdout, stderr } = await runProgram([
    'backup',
    whole,
    '--data',
    data,
    '--without-objects',
    '--json',
  ]);
  assert.equal(exitCode, 0, stderr);
  assert.equal(stderr, '');
  assert.equal(JSON.parse(stdout).whole, true);
  const bytes = readFileSync(whole);
  writeFileSync(cutOff, bytes.subarray(0, -100));
  writeFileSync(
    damaged,
    Buffer.concat([bytes.subarray(0, -1), Buffer.of(bytes.at(-1) ?? 0).map(byte => byte ^ 1)]),
  );
});

async function refusal(args: readonly string[], code = 1): Promise<string> {
  const { exitCode, stdout, stderr } = await runProgram(args);
  assert.equal(exitCode, code, stderr);
  assert.equal(stdout, '');
  return stderr;
}

test('what is no URL of a store', async () => {
  const transfer = (from: string): Promise<string> =>
    refusal(['transfer', '--from', from, '--to', 'postgres://host/x'], 2);
  assert.match(
    await transfer('PLAIN/PATH'),
    /'--from': 'PLAIN\/PATH' is no URL of a state store: write sqlite:\/\/\/.*\/PLAIN\/PATH, postgres:/,
  );
  assert.ok((await transfer(data)).includes(`write sqlite://${join(data, 'state.db')}`));
  for (const text of [`sqlite://${data}`, `sqlite:${data}`]) {
    assert.ok((await transfer(text)).includes(`write sqlite://${join(data, 'state.db')}`), text);
  }
  assert.match(await transfer('sqlite:///a/100%'), /: write sqlite:\/\/\/a\/100%25, postgres:/);
  assert.match(await transfer('sqlite:x/state.db'), /: write sqlite:\/\/\/.*\/x\/state\.db, postgres:/);
  assert.match(
    await transfer('mysql://host/x'),
    /is no URL of a state store: write sqlite:\/\/\/absolute\/path\/state\.db/,
  );
});

test('files that cannot be written', async () => {
  const backup = (path: string): Promise<string> =>
    refusal(['backup', path, '--data', data, '--without-objects']);
  assert.match(
    await backup(join(folder, 'none', 'x')),
    /^Error: .*none\/x cannot be written: there is no such folder$/m,
  );
  assert.match(await backup(folder), /is a folder: name the file to write$/m);
  assert.match(await backup(join(whole, 'x')), /cannot be written: a part of the path is a file$/m);
  assert.match(await backup(whole), /is there already$/m);
});

test('files that cannot be read, of which nothing comes', async () => {
  const target = join(folder, 'target');
  const restore = (path: string): Promise<string> => refusal(['restore', path, '--data', target]);
  assert.match(await restore(join(folder, 'none')), /none cannot be read: there is no such file or folder$/m);
  assert.match(await restore(folder), /is no file: name the backup itself$/m);
  assert.match(await restore(join(whole, 'x')), /cannot be read: a part of the path is a file$/m);
  for (const path of [cutOff, damaged]) {
    assert.match(await restore(path), /is no backup, or it is damaged or cut off/);
  }
  writeFileSync(join(folder, 'text'), 'hello\n');
  assert.match(await restore(join(folder, 'text')), /is no backup, or it is damaged or cut off/);
  assert.equal(existsSync(target), false);
});

test('a target that is not empty is noticed before the file is read', async () => {
  const stderr = await refusal(['restore', damaged, '--data', data]);
  assert.match(stderr, /^Error: the store to copy to holds an instance already/);
  assert.doesNotMatch(stderr, /checking the file/);
});

test('progress into a pipe is a line for each stage', async () => {
  const target = join(folder, 'restored');
  const { exitCode, stdout, stderr } = await runProgram([
    'restore',
    whole,
    '--data',
    target,
    '--without-objects',
  ]);
  assert.equal(exitCode, 0, stderr);
  assert.match(stdout, /The copy is whole\.\n$/);
  const stages = stderr
    .trimEnd()
    .split('\n')
    .map(line => line.replace(/:.*/, ''));
  assert.deepEqual(stages, [...new Set(stages)]);
  assert.deepEqual(stages.slice(0, 2), ['checking the file', 'copying records']);
  assert.doesNotMatch(stderr, /[\r█░]/);
});

test('a transfer that is refused makes nothing', async () => {
  const target = join(folder, 'untouched');
  const args = ['transfer', '--to', `sqlite://${join(target, 'state.db')}`];
  const none = await refusal([...args, '--from', `sqlite:///${join(folder, 'none.db')}`]);
  assert.equal(none, `Error: --from names no database: there is no file ${join(folder, 'none.db')}\n`);
  await refusal([
    ...args,
    '--from',
    `sqlite://${join(data, 'state.db')}`,
    '--to-objects',
    's3://id:secret@x',
  ]);
  assert.equal(existsSync(target), false);
  assert.deepEqual(
    readdirSync(folder).filter(name => name.endsWith('.part')),
    [],
  );
});

test('a transfer that finds no bodies says what the target is, and what to do', async () => {
  const target = `sqlite://${join(folder, 'lacking', 'state.db')}`;
  const args = ['transfer', '--from', `sqlite://${join(data, 'state.db')}`, '--to', target];
  const reset = `empty the target with 'alchemiscale database reset --url ${target}' and transfer again.`;
  const { exitCode, stdout, stderr } = await runProgram(args);
  assert.equal(exitCode, 1, stderr);
  assert.match(stdout, /^Could not be had: \d+ of the results\.$/m);
  assert.ok(stdout.endsWith(`${reset}\n`), stdout);
  const emptied = await runProgram(['database', 'reset', '--url', target, '--yes']);
  assert.equal(emptied.exitCode, 0, emptied.stderr);
  const again = await runProgram([...args, '--json']);
  assert.equal(again.exitCode, 1, again.stderr);
  assert.equal(JSON.parse(again.stdout).whole, false);
  assert.ok(again.stderr.endsWith(`${reset}\n`), again.stderr);
});
