// Claims on PostgreSQL take short cuts: lists of hubs of a moment ago, statements that travel together, and tasks taken without waiting
// to hear that they were free. None of them may show.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openStateStore } from '../../src/store/open.ts';
import type { Database } from '../../src/store/sql/database.ts';
import { statement, table } from '../../src/store/sql/database.ts';
import { openPostgresDatabase } from '../../src/store/sql/dialects/postgres.ts';
import { readPostgresUrl } from '../../src/store/sql/dialects/postgres-url.ts';
import type { Key, StateStore } from '../../src/store/state-store.ts';
import { sampleNetwork, submit } from '../contract/state-store/samples.ts';
import { World } from '../contract/state-store/world.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { findPostgres } from '../support/services.ts';

const found = await findPostgres();

function fresh(): Promise<TestDatabase> {
  if ('skip' in found) throw new Error(found.skip);
  return createTestDatabase(found.service);
}

interface Two extends AsyncDisposable {
  readonly database: TestDatabase;
  /** As two processes have them. */
  readonly here: StateStore;
  readonly there: StateStore;
}

async function openTwo(): Promise<Two> {
  await using opened = new AsyncDisposableStack();
  const database = opened.use(await fresh());
  const here = opened.use(await openStateStore(database.url));
  const there = opened.use(await openStateStore(database.url));
  await here.initialize();
  const rest = opened.move();
  return { database, here, there, [Symbol.asyncDispose]: () => rest.disposeAsync() };
}

const SELECT_ONE = statement<[n: number], { readonly n: number }>('SELECT CAST(? AS INTEGER) AS n');
const FAIL = statement<[]>('SELECT 1 / 0');
const NO_TABLE = statement<[]>('SELECT * FROM nowhere');

describe('claims on PostgreSQL', { skip: 'skip' in found ? found.skip : false }, () => {
  test('a hub that another process closes gives nothing from then on', async () => {
    await using two = await openTwo();
    const { here, there } = two;
    const world = new World(here);
    const network = await world.network();
    await world.actioned(network, 50);
    const service = await world.service();
    for (let round = 0; round < 5; round++) {
      assert.equal((await world.claim(network.scope, service)).length, 1);
      await there.hubs.setWeights({ networks: [network.network], weights: [0] });
      assert.deepEqual(await world.claim(network.scope, service), []);
      await there.hubs.setWeights({ networks: [network.network], weights: [1] });
    }
  });

  test('work that another process brings is found when what was known is used up', async () => {
    await using two = await openTwo();
    const world = new World(two.here);
    const [first, second] = [await world.network(), await world.network()];
    await world.actioned(first, 2);
    const service = await world.service();
    const later = await world.tasks(second.transformations[0] ?? '', 3);
    assert.equal((await world.claim(first.scope, service)).length, 1);
    await two.there.hubs.action({ network: second.network, tasks: later, weights: null });
    const claimed = await world.claim(first.scope, service, {
      scopes: [first.scope, second.scope],
      count: 10,
    });
    assert.equal(claimed.length, 4);
  });

  test('a service that another process has seen fail too often is denied', async () => {
    await using two = await openTwo();
    const world = new World(two.here);
    const elsewhere = new World(two.there);
    const network = await world.network();
    await world.actioned(network, 10);
    const service = await world.service();
    const asked = world.claimParams(network.scope, service, { maxFailures: 1 });
    const [one = '', other = ''] = await world.claim(network.scope, service, { count: 2 });
    assert.equal((await two.here.hubs.claim(asked)).denied, false);
    await elsewhere.push(one, false, service);
    await elsewhere.push(other, false, service);
    assert.equal((await two.here.hubs.claim(asked)).denied, true);
  });

  test('a service that another process ends is denied', async () => {
    await using two = await openTwo();
    const world = new World(two.here);
    const network = await world.network();
    await world.actioned(network, 10);
    const service = await world.service();
    await world.claim(network.scope, service);
    await two.there.compute.deregister({ service, owner: 'grace' });
    assert.equal((await two.here.hubs.claim(world.claimParams(network.scope, service))).denied, true);
  });

  test('a task that somebody holds is passed over, by claims that share a transaction too', async () => {
    await using two = await openTwo();
    const world = new World(two.here);
    const network = await world.network();
    const tasks = await world.actioned(network, 6);
    const services = await Promise.all(Array.from({ length: 4 }, () => world.service()));
    const claimed: Key[] = [];
    {
      await using _held = await two.database.hold(
        'SELECT 1 FROM task WHERE id IN (SELECT id FROM task ORDER BY id LIMIT 2) FOR UPDATE',
      );
      const claims = await Promise.all(services.map(service => world.claim(network.scope, service)));
      claimed.push(...claims.flat());
    }
    assert.equal(new Set(claimed).size, 4);
    const rest = await world.claim(network.scope, services[0] ?? '', { count: 10 });
    assert.deepEqual([...claimed, ...rest].sort(), [...tasks].sort());
    assert.deepEqual(await two.here.check(), []);
  });

  test('a task on two hubs leaves both queues', async () => {
    await using two = await openTwo();
    const world = new World(two.here);
    const network = await world.network();
    const tasks = await world.actioned(network, 3);
    const again = sampleNetwork('again', [{ name: 'edge 0', protocol: 'ProtocolA' }]);
    const second = await submit(two.here, network.scope, again);
    await two.here.hubs.action({ network: second.network, tasks, weights: null });
    const service = await world.service();
    const claimed = await Promise.all([1, 2, 3].map(() => world.claim(network.scope, service)));
    assert.deepEqual(claimed.flat().sort(), [...tasks].sort());
    assert.deepEqual(await world.claim(network.scope, service), []);
    assert.deepEqual(await two.here.check(), []);
  });

  test('a task that goes onto another hub while it is claimed is in no queue afterwards', async () => {
    await using two = await openTwo();
    const world = new World(two.here);
    const network = await world.network();
    const again = sampleNetwork('again', [{ name: 'edge 0', protocol: 'ProtocolA' }]);
    const second = await submit(two.here, network.scope, again);
    const service = await world.service();
    const claim = { hub: network.hub, service, count: 1, protocols: null, now: new Date(1) };
    for (let round = 0; round < 150; round++) {
      const tasks = await world.actioned(network, 4);
      const claiming = tasks.map(() => two.here.hubs.claimFromHub(claim));
      const adding = tasks.map(task =>
        two.there.hubs.action({ network: second.network, tasks: [task], weights: null }),
      );
      const claimed = (await Promise.all(claiming)).flat();
      await Promise.all(adding);
      assert.deepEqual(claimed.sort(), [...tasks].sort());
      for (const task of claimed) await world.push(task, true, service);
      assert.deepEqual(await two.here.check(), [], `round ${round}`);
    }
  });
});

describe('the commit of a claim', { skip: 'skip' in found ? found.skip : false }, () => {
  test('that fails is no claim', async () => {
    await using two = await openTwo();
    const world = new World(two.here);
    const network = await world.network();
    const tasks = await world.actioned(network, 2);
    const service = await world.service();
    await two.database.query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
      AS $$ BEGIN RAISE EXCEPTION 'refused at the commit'; END $$`);
    await two.database.query(`CREATE CONSTRAINT TRIGGER refuse AFTER UPDATE ON task
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()`);
    await assert.rejects(world.claim(network.scope, service), /refused at the commit/);
    await two.database.query('DROP TRIGGER refuse ON task');
    assert.deepEqual(await world.statuses(tasks), ['waiting', 'waiting']);
    const [task = ''] = await world.claim(network.scope, service);
    await two.database.query(`CREATE CONSTRAINT TRIGGER refuse AFTER UPDATE ON task
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()`);
    await assert.rejects(world.push(task, true, service), /refused at the commit/);
    await two.database.query('DROP TRIGGER refuse ON task');
    assert.deepEqual(await world.statuses([task]), ['running']);
    assert.deepEqual(await two.here.check(), []);
  });

  test('is of the kind that is needed, whatever the database has as its own', async () => {
    await using database = await fresh();
    const name = new URL(database.url).pathname.slice(1);
    await database.query(`ALTER DATABASE "${name}" SET default_transaction_isolation = 'serializable'`);
    await database.query(`ALTER DATABASE "${name}" SET default_transaction_read_only = on`);
    await using store = await openStateStore(database.url);
    await store.initialize();
    const world = new World(store);
    const network = await world.network();
    await world.actioned(network, 1);
    const service = await world.service();
    const [task = ''] = await world.claim(network.scope, service);
    assert.equal((await world.push(task, true, service))?.status, 'complete');
    const opened = await openPostgresDatabase(readPostgresUrl(database.url), {
      connections: 1,
      lockMs: 1000,
      statementMs: 10_000,
      random: Math.random,
    });
    const level = statement<[], { readonly level: string }>(
      "SELECT current_setting('transaction_isolation') AS level",
    );
    assert.deepEqual(await opened.ask(connection => connection.all(level())), [{ level: 'read committed' }]);
    await opened.close();
  });
});

describe('statements that travel together', { skip: 'skip' in found ? found.skip : false }, () => {
  async function withDatabase(work: (database: Database) => Promise<void>): Promise<void> {
    await using place = await fresh();
    const settings = { connections: 1, lockMs: 1000, statementMs: 10_000, random: Math.random };
    const database = await openPostgresDatabase(readPostgresUrl(place.url), settings);
    try {
      await work(database);
    } finally {
      await database.close();
    }
  }

  test('what fails says why, and so does all that travels with it', async () => {
    await withDatabase(async database => {
      let said: readonly string[] = [];
      const written = database.write(async connection => {
        const asked = [SELECT_ONE(1), FAIL(), SELECT_ONE(2)].map(one => connection.all<unknown>(one));
        const answers = await Promise.allSettled(asked);
        said = answers.map(answer => (answer.status === 'fulfilled' ? 'answered' : `${answer.reason}`));
        await Promise.all(asked);
      });
      await assert.rejects(written, /division by zero/);
      assert.deepEqual(said, Array(3).fill('error: division by zero'));
      const [row] = await database.ask(connection => connection.all(SELECT_ONE(3)));
      assert.deepEqual(row, { n: 3 });
    });
  });

  test('what was to be prepared behind a failure is prepared the next time', async () => {
    await withDatabase(async database => {
      const later = statement<[n: number], { readonly n: number }>('SELECT CAST(? AS INTEGER) + 1 AS n');
      for (const failing of [NO_TABLE(), FAIL(), NO_TABLE()]) {
        const failed = database.write(async connection => {
          await Promise.all([connection.all(failing), connection.all(later(1))]);
        });
        await assert.rejects(failed);
      }
      for (const n of [1, 2]) {
        assert.deepEqual(await database.write(connection => connection.all(later(n))), [{ n: n + 1 }]);
      }
    });
  });

  test('a failure among the last words undoes everything, and the connection can be used', async () => {
    await withDatabase(async database => {
      await database.changeSchema(connection => connection.runScript('CREATE TABLE word (text TEXT)'));
      const add = statement<[text: string]>('INSERT INTO word VALUES (?)');
      const failed = database.write(async connection => {
        await connection.run(add('kept?'));
        await connection.finish(FAIL());
        await connection.finish(add('never'));
      });
      await assert.rejects(failed, /division by zero/);
      assert.equal(await database.write(connection => connection.run(add('yes'))), 1);
      const count = statement<[], { readonly n: number }>('SELECT count(*) AS n FROM word');
      assert.deepEqual(await database.read(connection => connection.first(count())), { n: 1 });
    });
  });

  test('a transaction of several branches ends when one fails, whatever the others still ask', async () => {
    await withDatabase(async database => {
      await database.changeSchema(connection => connection.runScript('CREATE TABLE word (text TEXT)'));
      const add = statement<[text: string]>('INSERT INTO word VALUES (?)');
      for (let round = 0; round < 5; round++) {
        let late: Promise<unknown> = Promise.resolve();
        const failed = database.write(async connection => {
          const goingOn = (async () => {
            for (let n = 0; n < 20; n++) await connection.run(add(`${n}`));
          })();
          late = goingOn.catch(() => {});
          await Promise.all([goingOn, connection.all(FAIL())]);
        });
        await assert.rejects(failed, /division by zero|aborted/);
        await late;
        assert.deepEqual(await database.ask(connection => connection.first(SELECT_ONE(round))), { n: round });
      }
      const count = statement<[], { readonly n: number }>('SELECT count(*) AS n FROM word');
      assert.deepEqual(await database.read(connection => connection.first(count())), { n: 0 });
    });
  });

  test('rows and lists keep every text', async () => {
    await withDatabase(async database => {
      const texts = [
        '',
        'null',
        'NULL',
        '{}',
        '{"a",b}',
        '"',
        '\\',
        '\\"',
        "'",
        ',',
        ' a ',
        '\0',
        '\uE000',
        '🧪\n',
      ];
      const rows = texts.map((text, place) => [place, text, place === 3 ? null : place / 3]);
      const back = statement<[rows: string], { place: number; text: string; part: number | null }>(
        'SELECT place, text, part FROM rows(? AS place INTEGER, text TEXT, part REAL) d ORDER BY place',
      );
      const found = await database.ask(connection => connection.all(back(table(rows))));
      assert.deepEqual(
        found.map(({ place, text, part }) => [place, text, part]),
        rows,
      );
      const among = statement<[list: string], { text: string }>('SELECT value AS text FROM texts(?) v');
      const listed = await database.ask(connection => connection.all(among(JSON.stringify(texts))));
      assert.deepEqual(
        listed.map(({ text }) => text),
        texts,
      );
    });
  });

  test('many rows, none, and big numbers', async () => {
    await withDatabase(async database => {
      const sum = statement<[rows: string], { readonly n: number; readonly s: string }>(
        'SELECT count(*) AS n, CAST(sum(a) AS TEXT) AS s FROM rows(? AS a INTEGER, b TEXT) d',
      );
      const ask = (rows: readonly (readonly (string | number)[])[]): Promise<unknown> =>
        database.ask(connection => connection.first(sum(table(rows))));
      assert.deepEqual(await ask([]), { n: 0, s: null });
      assert.deepEqual(await ask(Array.from({ length: 20_000 }, (_, i) => [i, `x${i}`])), {
        n: 20_000,
        s: '199990000',
      });
      assert.deepEqual(await ask([['9223372036854775807', 'max']]), { n: 1, s: '9223372036854775807' });
    });
  });
});
