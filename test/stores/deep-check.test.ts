// The look over a whole instance, on real stores of every kind: nothing is said of a sound one, and each damage is found.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { resultLocation } from '../../src/domain/result-location.ts';
import { ScopedKey } from '../../src/domain/scoped-key.ts';
import { encodeKeyedChain } from '../../src/gufe/keyed-chain.ts';
import { AlchemicalNetwork } from '../../src/gufe/network.ts';
import { nodeZstd, type Zstd } from '../../src/lib/zstd.ts';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { openObjectStore } from '../../src/objects/open.ts';
import { checkDeeply, type DeepReport } from '../../src/stack/deep-check.ts';
import { openStateStore } from '../../src/store/open.ts';
import type { Key, StateStore } from '../../src/store/state-store.ts';
import { World } from '../contract/state-store/world.ts';
import { createBucket } from '../support/buckets.ts';
import { openEmptyStore } from '../support/neo4j-graph.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { runProgram } from '../support/program.ts';
import { makeResult, quickTransformation } from '../support/results.ts';
import { findNeo4j, findPostgres, findS3, neo4jLock } from '../support/services.ts';

const zstd = nodeZstd() as Zstd;
const ROOT = mkdtempSync(join(tmpdir(), 'alchemiscale-deep-'));
after(() => rmSync(ROOT, { recursive: true, force: true }));

interface Stores {
  readonly store: StateStore;
  readonly objects: ObjectStore;
}

interface Filled extends Stores {
  /** Locations by task: two successes, then a failure. */
  readonly locations: readonly string[];
}

async function put(objects: ObjectStore, location: string, bytes: Uint8Array): Promise<void> {
  const upload = await objects.createUpload();
  await upload.write(bytes);
  await upload.commit(location);
}

/** A network with three tasks that have ended, one that runs and one that waits. */
async function fill({ store, objects }: Stores): Promise<Filled> {
  const world = new World(store);
  const scope = { org: 'org', campaign: 'campaign', project: 'deep' };
  const transformation = quickTransformation('first');
  const edges = [transformation, quickTransformation('second')];
  const chain = encodeKeyedChain(new AlchemicalNetwork({ edges, name: 'deep' }));
  const { network } = await store.networks.create({ scope, state: 'active', chain });
  const of: Key = `${transformation.key}-org-campaign-deep`;
  const tasks = await world.tasks(of, 5);
  await store.hubs.action({ network, tasks, weights: null });
  const service = await world.service();
  const locations: string[] = [];
  for (const [place, task] of (await world.claim(scope, service, { count: 4 })).entries()) {
    if (place === 3) break;
    const ok = place < 2;
    const result = makeResult(transformation, task, ok ? null : 'Traceback: boom');
    const location = resultLocation(ScopedKey.parse(of), result.key, ok);
    await put(objects, location, zstd.compress(encodeKeyedChain(result)));
    const failures = ok ? [] : [{ traceback: 'boom', sourceKey: 'Unit-1', failureKey: 'Failure-1' }];
    await world.pushExactly({ task, objKey: result.key, ok, location, service, failures, now: new Date() });
    locations.push(location);
  }
  assert.ok(tasks.length === 5);
  return { store, objects, locations };
}

const whats = (found: DeepReport['errors']): readonly string[] =>
  found.map(({ what, count }) => `${count} ${what}`);

async function bytesOf(objects: ObjectStore, location: string): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of (await objects.get(location))?.read() ?? []) pieces.push(piece);
  return Buffer.concat(pieces);
}

function suite(name: string, open: () => Promise<Stores>, skip: string | false): void {
  describe(`a whole instance on ${name}`, { skip }, () => {
    let filled: Filled;
    before(async () => {
      filled = await fill(await open());
    });
    after(async () => {
      await filled?.store[Symbol.asyncDispose]();
      await filled?.objects[Symbol.asyncDispose]();
    });

    test('that is sound: everything was looked at, nothing is said', async () => {
      const seen = new Set<string>();
      const { counts, errors, notes } = await checkDeeply({ ...filled, onProgress: what => seen.add(what) });
      assert.deepEqual([errors, notes], [[], []]);
      assert.deepEqual([...seen], ['rows', 'texts', 'networks', 'results', 'objects']);
      assert.deepEqual([counts.networks, counts.keys, counts.results, counts.objects], [1, 9, 3, 3]);
      assert.equal(counts.texts > 0, filled.store.capabilities.keepsBytes);
      assert.ok(counts.resultBytes > 500);
    });

    test('objects that are missing, cut, empty, changed, exchanged, or nobody’s', async () => {
      const { objects, locations } = filled;
      const [first = '', second = '', third = ''] = locations;
      const whole = await bytesOf(objects, first);
      const damages: readonly [Uint8Array | null, string][] = [
        [null, '1 results whose object is not in the object store'],
        [whole.subarray(0, whole.length - 7), '1 results whose object is damaged'],
        [new Uint8Array(0), '1 results whose object is damaged'],
        [Buffer.from('not what it was'), '1 results whose object is damaged'],
        [zstd.compress(Buffer.from('[["A-1", {"__qualname__": "A"}]]')), '1 results whose object is damaged'],
        [await bytesOf(objects, second), '1 results whose object is another result'],
        [await bytesOf(objects, third), '1 results whose object is another result'],
      ];
      for (const [bytes, expected] of damages) {
        if (bytes === null) await objects.delete(first);
        else await put(objects, first, bytes);
        const { errors, notes } = await checkDeeply(filled);
        assert.deepEqual([whats(errors), notes], [[expected], []]);
        assert.match(errors[0]?.examples[0] ?? '', /^ProtocolDAGResultRef-/);
      }
      await put(objects, first, Buffer.from('{"a": "nested dict of an older server"}'));
      const older = await checkDeeply(filled);
      assert.deepEqual([older.errors, older.notes.length], [[], 1]);
      await put(objects, first, whole);

      const orphan = first.replace('ProtocolDAGResult-', 'ProtocolDAGResult-0');
      await put(objects, orphan, whole);
      const { errors, notes } = await checkDeeply(filled);
      assert.deepEqual([errors, notes.map(note => note.examples)], [[], [[orphan]]]);
      await objects.delete(orphan);
    });
  });
}

const [postgres, s3, neo4j] = [await findPostgres(), await findS3(), await findNeo4j()];
const inFolder = (name: string): Promise<ObjectStore> =>
  openObjectStore(pathToFileURL(join(ROOT, name)).href);

suite(
  'SQLite with a folder',
  async () => {
    const store = await openStateStore('sqlite::memory:', { seed: 1 });
    await store.initialize();
    return { store, objects: await inFolder('sqlite') };
  },
  false,
);

describe('servers', { concurrency: false }, () => {
  const held: AsyncDisposable[] = [];
  after(async () => {
    for (const one of held.reverse()) await one[Symbol.asyncDispose]();
  });
  suite(
    'PostgreSQL with S3',
    async () => {
      assert.ok('service' in postgres && 'service' in s3);
      const database = await createTestDatabase(postgres.service);
      const bucket = await createBucket(s3.service);
      held.push(database, bucket);
      const store = await openStateStore(database.url, { seed: 1 });
      await store.initialize();
      return { store, objects: await openObjectStore(bucket.url('deep'), bucket.credentials) };
    },
    'skip' in postgres ? postgres.skip : 'skip' in s3 ? s3.skip : false,
  );
  suite(
    'Neo4j with a folder',
    async () => {
      assert.ok('service' in neo4j);
      held.push(await neo4jLock());
      return { store: await openEmptyStore(neo4j.service), objects: await inFolder('neo4j') };
    },
    'skip' in neo4j ? neo4j.skip : false,
  );
});

describe('`alchemiscale database check --deep`', () => {
  const folder = join(ROOT, 'home');
  const check = (...more: readonly string[]) => runProgram(['database', 'check', '--data', folder, ...more]);
  const inFile = (sql: string): void => {
    const db = new DatabaseSync(join(folder, 'state.db'));
    db.exec(`PRAGMA foreign_keys = OFF; ${sql}`);
    db.close();
  };

  before(async () => {
    await runProgram(['database', 'init', '--data', folder]);
    await using store = await openStateStore(`sqlite://${join(folder, 'state.db')}`);
    await using objects = await inFolder(join('home', 'objects'));
    await fill({ store, objects });
  });

  test('a sound one: what was looked at, and 0', async () => {
    const { exitCode, stdout, stderr } = await check('--deep');
    assert.match(stdout, /^Looked at 1 networks \(9 objects in them, 9 texts with checksums\), 3 results/);
    assert.match(stdout, /No inconsistencies found in database and object store\.\n$/);
    assert.deepEqual([exitCode, stderr], [0, ''], 'no progress where there is no terminal');
    const json = JSON.parse((await check('--deep', '--json')).stdout);
    assert.deepEqual([json.ok, json.errors, json.counts.results], [true, [], 3]);
    assert.deepEqual(JSON.parse((await check('--json')).stdout), { ok: true, errors: [] });
  });

  test('damage in the file: rows, texts, references', async () => {
    inFile(`UPDATE document SET bytes = CAST(replace(CAST(bytes AS TEXT), 'first', 'fir5t') AS BLOB);
      UPDATE task SET claimed_by = NULL, claimed_at = NULL WHERE status = 'running';
      INSERT INTO traceback VALUES (999, 0, 'boom', 'U-1', 'F-1');
      DELETE FROM dependency WHERE attribute = 'protocol';`);
    const { exitCode, stdout } = await check('--deep');
    assert.equal(exitCode, 1);
    assert.match(stdout, /error: 1 tasks that run and are held by no service/);
    assert.match(stdout, /error: traceback names a missing row of result/);
    assert.match(
      stdout,
      /error: \d stored texts that are not those that came\n {2}\w+-[0-9a-f]{32}-org-campaign-deep/,
    );
    assert.match(stdout, /error: 1 networks or strategies that cannot be read.*\n.*does not precede it/);
    assert.doesNotMatch(stdout, /No inconsistencies/);
    const json = JSON.parse((await check('--deep', '--json')).stdout);
    assert.equal(json.ok, false);
    assert.equal((await check('--json')).exitCode, 1);
  });

  test('a folder of objects that is not there is said, and not made', async () => {
    const nowhere = pathToFileURL(join(ROOT, 'nowhere')).href;
    const { exitCode, stderr } = await check('--deep', '--objects', nowhere);
    assert.equal(exitCode, 1);
    assert.match(stderr, /there is no folder .*nowhere/);
  });
});
