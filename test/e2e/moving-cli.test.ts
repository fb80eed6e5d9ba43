// The commands that move an instance, as a user runs them.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { openObjectStore } from '../../src/objects/open.ts';
import { openStateStore } from '../../src/store/open.ts';
import { fillRichly } from '../moving/rich-instance.ts';
import { killPrograms, runProgram } from '../support/program.ts';

const root = mkdtempSync(join(tmpdir(), 'alchemiscale-moving-cli-'));
const urlOf = (folder: string): string => `sqlite://${join(root, folder, 'state.db')}`;

after(() => {
  killPrograms();
  rmSync(root, { recursive: true, force: true });
});

describe('moving house by command', () => {
  const file = join(root, 'monday');

  before(async () => {
    const folder = join(root, 'a');
    const { createFolder } = await import('../../src/stack/data-folder.ts');
    await createFolder(folder);
    await using store = await openStateStore(urlOf('a'), { seed: 1 });
    await using objects = await openObjectStore(pathToFileURL(join(folder, 'objects')).href);
    await store.initialize();
    await fillRichly(store, objects);
  });

  test('transfer makes, fills and verifies a store, once', async () => {
    const args = ['transfer', '--from', urlOf('a'), '--to', urlOf('b')];
    const first = await runProgram(args);
    assert.equal(first.exitCode, 0, first.stderr);
    assert.match(
      first.stdout,
      /^Records: 4 identities, \d+ objects, .*\nResults: \d+ copied .*\nThe copy is whole\.\n$/,
    );
    assert.match(first.stderr, /^copying records: \d+$/m);
    const again = await runProgram(args);
    assert.equal(again.exitCode, 1);
    assert.match(again.stderr, /Error: the store to copy to holds an instance already: give an empty one/);
  });

  test('backup and restore, with a summary for programs', async () => {
    const saved = await runProgram(['backup', file, '--data', join(root, 'a'), '--json']);
    assert.equal(saved.exitCode, 0, saved.stderr);
    const summary = JSON.parse(saved.stdout);
    assert.deepEqual([summary.whole, summary.size, summary.file], [true, statSync(file).size, file]);
    assert.equal(statSync(file).mode & 0o077, 0);
    const restored = await runProgram(['restore', file, '--url', urlOf('c'), '--json']);
    assert.equal(restored.exitCode, 0, restored.stderr);
    assert.ok(existsSync(join(root, 'c', 'objects')), 'the bodies of results lie beside the database');
    const copy = JSON.parse(restored.stdout);
    assert.deepEqual([copy.counts, copy.checksums], [summary.counts, summary.checksums]);
    const check = await runProgram(['database', 'check', '--data', join(root, 'c')]);
    assert.equal(check.exitCode, 0, check.stdout);
  });

  test('what is wrong is one clear line', async () => {
    const cut = join(root, 'cut');
    assert.equal(
      (await runProgram(['backup', cut, '--data', join(root, 'a'), '--without-objects'])).exitCode,
      0,
    );
    truncateSync(cut, 1000);
    for (const [args, exitCode, line] of [
      [
        ['restore', cut, '--data', join(root, 'd')],
        1,
        /^Error: .*cut is no backup, or it is damaged or cut off: nothing of it was used$/m,
      ],
      [['backup', file, '--data', join(root, 'a')], 1, /^Error: .*monday is there already$/m],
      [['transfer', '--from', urlOf('a'), '--to', urlOf('a')], 2, /--from and --to name the same store/],
      [
        ['transfer', '--from', urlOf('none'), '--to', urlOf('e')],
        1,
        /--from names no database: there is no file/,
      ],
      [
        ['transfer', '--from', urlOf('a'), '--to', 'postgres://localhost/x'],
        2,
        /Missing option '--to-objects'/,
      ],
      [['restore', file, '--url', 'postgres://localhost/x'], 2, /Missing option '--objects'/],
    ] as const) {
      const { exitCode: code, stderr } = await runProgram(args);
      assert.deepEqual([code, line.test(stderr)], [exitCode, true], `${args.join(' ')}: ${stderr}`);
    }
    assert.equal(existsSync(join(root, 'none')), false);
  });

  test('a result that is missing is named, and the exit code says so', async () => {
    rmSync(join(root, 'a', 'objects'), { recursive: true });
    const { exitCode, stdout } = await runProgram(['transfer', '--from', urlOf('a'), '--to', urlOf('f')]);
    assert.equal(exitCode, 1);
    assert.match(
      stdout,
      /^Could not be had: \d+ of the results\.\n {2}the result of ProtocolDAGResultRef-\w+.* is missing: there is no object /m,
    );
  });
});
