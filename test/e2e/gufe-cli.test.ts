// The commands that look at files of gufe objects, on files that gufe wrote and on damaged ones.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { readEnvironment } from '../../src/cli/env.ts';
import { main } from '../../src/cli/program.ts';
import { keyedChainEntries } from '../../src/lib/json-scan.ts';
import { fixtures } from '../support/golden.ts';
import { killPrograms, startNode } from '../support/program.ts';

const ROOT = mkdtempSync(join(tmpdir(), 'alchemiscale-gufe-'));
after(() => {
  killPrograms();
  rmSync(ROOT, { recursive: true, force: true });
});
const CHAINS = join(fixtures('gufe'), 'chains');
const FORMS = join(fixtures('gufe'), 'forms');
const one = readFileSync(join(CHAINS, 'one.json'), 'utf8');

async function run(...args: readonly string[]) {
  const [out, notes]: [string[], string[]] = [[], []];
  const env = readEnvironment({});
  const exitCode = await main(['gufe', ...args], {
    env,
    out: line => out.push(line),
    note: line => notes.push(line),
  });
  return { exitCode, out, notes: notes.join('\n') };
}

let files = 0;
function fileOf(content: string | Uint8Array, suffix = ''): string {
  const path = join(ROOT, `file${(files += 1)}${suffix}`);
  writeFileSync(path, content);
  return path;
}

const keysIn = (chain: string): readonly string[] =>
  [...keyedChainEntries(new TextEncoder().encode(chain))].map(entry => entry.key);

describe('gufe keys', () => {
  test('one line an object, whatever the compression', async () => {
    const lines = keysIn(one).map(key => `{"key": "${key}", "recomputed": "${key}", "ok": true}`);
    for (const content of [one, gzipSync(one), zstdCompressSync(one)]) {
      const { exitCode, out, notes } = await run('keys', '--json', fileOf(content));
      assert.deepEqual({ exitCode, out, notes }, { exitCode: 0, out: lines, notes: '' });
    }
  });

  test('results as they lie in the object store', async () => {
    const folder = fixtures('results');
    const results = readdirSync(folder).filter(name => name.endsWith('.obj.json.zst'));
    const { exitCode, out } = await run('keys', ...results.map(name => join(folder, name)));
    assert.equal(exitCode, 0);
    assert.equal(out.length, results.length);
    for (const line of out) assert.match(line, /: \d+ right, 0 wrong, 0 of classes with unknown defaults$/);
  });

  test('a mismatch is exit code 1, with its reason beside the answer', async () => {
    const damaged = fileOf(one.replace('"smiles": "O"', '"smiles": "CO"'));
    const { exitCode, out, notes } = await run('keys', '--json', damaged);
    assert.equal(exitCode, 1);
    const found = out.map(
      line => JSON.parse(line) as { key: string; recomputed: string; ok: boolean | null },
    );
    assert.deepEqual(
      found.filter(({ ok }) => ok === false).map(({ key }) => key.split('-')[0]),
      ['SolventComponent', 'ChemicalSystem', 'ChemicalSystem', 'Transformation', 'AlchemicalNetwork'],
    );
    for (const { key, recomputed, ok } of found) assert.equal(key === recomputed, ok);
    assert.match(notes, /file\d+: SolventComponent-\w+: the content has changed since/);
    assert.match(notes, /AlchemicalNetwork-\w+: it refers to objects whose keys differ$/);

    const plain = await run('keys', fileOf(one), damaged);
    assert.equal(plain.exitCode, 1);
    assert.match(plain.out[0] ?? '', /: 8 right, 0 wrong/);
    assert.match(plain.out[1] ?? '', /^wrong {4}SolventComponent-\w+, which is SolventComponent-\w+ today$/);
    assert.match(plain.out.at(-1) ?? '', /: 3 right, 5 wrong, 0 of classes with unknown defaults$/);
  });

  test('a class whose defaults are not known', async () => {
    const dict = '{"x": 1, "__qualname__": "Foo", "__module__": "else.where"}';
    const { exitCode, out } = await run('keys', '--json', fileOf(`[["Foo-1", ${dict}]]`));
    assert.deepEqual([exitCode, out], [0, ['{"key": "Foo-1", "recomputed": null, "ok": null}']]);
  });

  test('what cannot be read names file and place; what was read before it is told', async () => {
    const cases: readonly (readonly [string | Uint8Array, RegExp])[] = [
      [one.slice(0, 3000), /file\d+: .* at byte \d+/],
      [`${one}]`, /file\d+: expected the end of the text at byte 8076/],
      [gzipSync(one).subarray(0, 900), /file\d+: the gzip data are damaged or cut/],
      [
        '{"a": 1}',
        /file\d+: expected '\[' of a keyed chain at byte 0; 'alchemiscale gufe convert --to chain' makes one of/,
      ],
      ['', /file\d+: text ends where '\[' of a keyed chain must come, at byte 0/],
      [`[${'['.repeat(100_000)}`, /file\d+: expected a gufe key in quotes at byte 2/],
    ];
    for (const [content, message] of cases) {
      const { exitCode, notes } = await run('keys', '--json', fileOf(content));
      assert.equal(exitCode, 1);
      assert.match(notes, message);
    }
    const cut = await run('keys', '--json', fileOf(one.slice(0, 3000)));
    assert.ok(cut.out.length > 0);
    const several = await run('keys', fileOf('hello'), fileOf(one), fileOf('{}'));
    assert.equal(several.exitCode, 1);
    assert.match(several.out.join('\n'), /: \d+ right, 0 wrong/, 'the others are looked at all the same');
    assert.equal(several.notes.match(/of a keyed chain at byte 0/g)?.length, 2);
  });

  test('misuse', async () => {
    assert.deepEqual(await run('keys'), {
      exitCode: 2,
      out: [],
      notes: "Error: Missing argument 'file'. Try 'alchemiscale gufe keys --help' for help.",
    });
    const missing = await run('keys', join(ROOT, 'none.json'));
    assert.equal(missing.exitCode, 2);
    assert.match(missing.notes, /There is no file '.*none\.json'\. Try/);
    assert.equal((await run('keys', ROOT)).exitCode, 2);
  });
});

describe('gufe show', () => {
  test('a network', async () => {
    const { exitCode, out } = await run('show', join(CHAINS, 'rich.json'));
    assert.equal(exitCode, 0);
    const text = out.join('\n');
    assert.match(text, /^AlchemicalNetwork-\w+ {2}'rich'\n {2}2 systems, 1 transformation, 1 protocol\n/);
    assert.match(text, /\n {6}ligand {3}SmallMoleculeComponent, 'methane', 5 atoms, 4 bonds\n/);
    assert.match(text, /\n {6}solvent {2}SolventComponent, O with Na\+ Cl-, 0\.15 molar, neutralized\n/);
    assert.match(text, /\n {6}methane_water → ethane_water, RichProtocol\n/);
    assert.match(text, /\n {10}temperature: 298\.15 kelvin\n/);
  });

  test('the same from every form, and no more than the limit', async () => {
    const shown = (await run('show', join(CHAINS, 'nontransformations.json'), '--limit', '1')).out;
    assert.ok(
      shown.some(line => line.includes('… and 4 more (--limit 0 shows all)')),
      shown.join('\n'),
    );
    for (const name of ['nontransformations.msgpack', 'nontransformations.msgpack.zst']) {
      assert.deepEqual((await run('show', join(FORMS, name), '--limit', '1')).out, shown);
    }
    const all = (await run('show', join(CHAINS, 'one.json'), '--limit', '0')).out;
    assert.deepEqual((await run('show', join(FORMS, 'one.fulldict.json.gz'))).out, all);
  });

  test('results: failures first, with attempts and the end of the traceback', async () => {
    const { out } = await run('show', join(fixtures('results'), 'broken_failed_2_retries.obj.json.zst'));
    const text = out.join('\n');
    assert.match(text, /\n {2}failed: 24 units, 25 attempts, 3 of them failed\n/);
    assert.match(
      text,
      /\n {2}units\n {4}failed {2}'problem child' {2}BrokenSimulationUnit-\w+\n {6}attempt 1: ValueError\(/,
    );
    assert.match(text, /\n {8}ValueError: \('I have failed my mission', \{'data': 'lol'\}\)\n/);
    const rich = (await run('show', join(fixtures('results'), 'rich_ok.obj.json.zst'))).out.join('\n');
    assert.match(rich, /\n {2}ok: 4 units, 4 attempts, 0 of them failed\n/);
  });

  test('every file of the fixtures can be shown', async () => {
    for (const folder of [CHAINS, FORMS, fixtures('results')]) {
      for (const name of readdirSync(folder).filter(file =>
        /chain\.json$|\.zst$|msgpack|^\w+\.json$/.test(file),
      )) {
        if (name === 'index.json') continue;
        const { exitCode, out, notes } = await run('show', join(folder, name));
        assert.equal(exitCode, 0, `${name}: ${notes}`);
        assert.ok(out.length > 3 && !out.some(line => line.includes('undefined')), name);
      }
    }
  });

  test('an unknown class is shown by its entries, with nothing that a terminal would obey', async () => {
    const dict =
      '{"note": "\\u001b[31mred\\nline", "n": {"a": [1, 2.5, null]}, "__qualname__": "Foo", "__module__": "x"}';
    const { out } = await run('show', fileOf(`[["Foo-1", ${dict}]]`));
    assert.deepEqual(out, ['Foo-1', '  note:  [31mred line', '  n', '    a: [1, 2.5, none]']);
  });
});

describe('gufe convert', () => {
  test('from any form to any other, byte for byte as gufe writes them', async () => {
    const chain = fileOf(one);
    const convert = async (
      from: string,
      to: string,
      suffix = '',
      ...more: readonly string[]
    ): Promise<string> => {
      const target = join(ROOT, `converted${(files += 1)}${suffix}`);
      const { exitCode, notes } = await run('convert', from, '--to', to, '-o', target, ...more);
      assert.equal(exitCode, 0, notes);
      return target;
    };
    const plain = await convert(chain, 'msgpack', '', '--plain');
    assert.equal(Buffer.compare(readFileSync(plain), readFileSync(join(FORMS, 'one.msgpack'))), 0);
    const packed = await convert(chain, 'msgpack');
    const full = await convert(packed, 'json');
    const compressed = await convert(full, 'chain', '.gz');
    const zstd = await convert(compressed, 'chain', '.zst');
    assert.equal(readFileSync(zstd).readUInt32LE(0), 0xfd2fb528);
    assert.equal(readFileSync(await convert(zstd, 'chain'), 'utf8'), one);
    assert.equal((await run('convert', plain, '--to', 'chain')).out[0], one);
  });

  test('leaves nothing behind when it fails', async () => {
    const before = readdirSync(ROOT).length;
    const target = join(ROOT, 'never.json');
    const cut = fileOf(one.slice(0, 2000));
    const { exitCode, notes } = await run('convert', cut, '--to', 'json', '-o', target);
    assert.equal(exitCode, 1);
    assert.match(notes, /file\d+: .* at byte \d+/);
    assert.equal(readdirSync(ROOT).length, before + 1);
    const nowhere = await run('convert', fileOf(one), '--to', 'json', '-o', join(ROOT, 'no', 'folder.json'));
    assert.equal(nowhere.exitCode, 1);
    assert.match(nowhere.notes, /folder\.json' cannot be written/);
  });

  test('misuse', async () => {
    const chain = fileOf(one);
    assert.match((await run('convert', chain)).notes, /Missing option '--to'/);
    assert.match(
      (await run('convert', chain, '--to', 'xml')).notes,
      /'xml' is not one of 'json', 'msgpack', 'chain'/,
    );
    assert.match(
      (await run('convert', chain, '--to', 'json', '--plain')).notes,
      /'--plain' is for MessagePack/,
    );
  });
});

test('as a program: from standard input to standard output, and to a reader that has read enough', async () => {
  const source = new URL('../../src/cli/main.ts', import.meta.url).pathname;
  const shell = (command: string) =>
    startNode([
      '-e',
      `process.exitCode = require('node:child_process').spawnSync('sh', ['-c', ${JSON.stringify(command)}], { stdio: 'inherit' }).status`,
    ]);
  const node = `'${process.execPath}' '${source}' gufe`;
  const chain = join(CHAINS, 'one.json');
  const piped = shell(
    `cat '${chain}' | ${node} convert - --to json | ${node} convert - --to chain | ${node} keys --json - ; ${node} show '${chain}' | head -1`,
  );
  assert.equal(await piped.ended, 0, piped.stderr());
  assert.equal(piped.stderr(), '');
});
