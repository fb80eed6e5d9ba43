// What only a graph in Neo4j can get wrong: networks that are larger than one transaction, graphs of older versions.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { readSubmission } from '../../src/domain/submission.ts';
import { type Database, statement } from '../../src/store/neo4j/database.ts';
import { draftOf, piecesOf, writeObjects } from '../../src/store/neo4j/object-write.ts';
import { migrateV03ToV04, openNeo4jStore } from '../../src/store/neo4j/open.ts';
import { runInPieces } from '../../src/store/neo4j/pace.ts';
import { stageRoot } from '../../src/store/neo4j/root-write.ts';
import type { StateStore } from '../../src/store/state-store.ts';
import { keyIn, type SampleEdge, sampleNetwork } from '../contract/state-store/samples.ts';
import { neo4jUrl, openEmptyStore, openGraph } from '../support/neo4j-graph.ts';
import { findNeo4j, neo4jLock } from '../support/services.ts';

const found = await findNeo4j();
const SCOPE = { org: 'org', campaign: 'campaign', project: 'project' };

describe('networks in Neo4j', { skip: 'skip' in found && found.skip }, () => {
  let lock: AsyncDisposable;
  let store: StateStore;
  let graph: Database;
  before(async () => {
    assert.ok('service' in found);
    lock = await neo4jLock();
    store = await openEmptyStore(found.service);
    graph = openGraph(found.service);
  });
  after(async () => {
    await store?.[Symbol.asyncDispose]();
    await graph?.close();
    await lock?.[Symbol.asyncDispose]();
  });

  const count = async (cypher: string): Promise<number> => {
    const row = await graph.read(tx => tx.first(statement<Record<never, never>, { n: bigint }>(cypher)({})));
    return Number(row?.n);
  };

  test('a large one is not seen before all of it is there, and is taken up where it was cut off', async () => {
    const { chain, network } = sampleNetwork('large', edges(2600));
    const key = keyIn(SCOPE, network);
    const submission = await runInPieces(readSubmission(chain.slice()));
    const pieces = piecesOf(await draftOf(submission.objects, SCOPE));
    assert.ok(pieces.length > 1, 'too small to be written in pieces');
    for (const piece of pieces.slice(0, -1)) await graph.write(tx => writeObjects(tx, piece));
    const [root] = pieces.slice(-1);
    assert.ok(root !== undefined);
    const [form] = root.forms;
    assert.ok(form !== undefined);
    const half = { ...form, links: form.links.slice(0, 1500) };
    await stageRoot(graph, { ...root, forms: [half] });

    assert.equal(await store.networks.exists({ key }), false);
    assert.equal(await store.networks.getChain({ key }), null);
    assert.deepEqual(await store.networks.listTransformations({ network: key }), []);
    assert.deepEqual(await store.networks.list({ scopes: [SCOPE] }), []);
    assert.deepEqual(await store.check(), []);
    assert.ok('service' in found);
    assert.equal(await migrateV03ToV04(neo4jUrl(found.service)), 0, 'a migration does not complete it');

    const twice = [1, 2].map(() =>
      store.networks.create({ scope: SCOPE, state: 'active', chain: chain.slice() }),
    );
    const created = (await Promise.all(twice)).map(answer => answer.created);
    assert.deepEqual(created.sort(), [false, true]);
    assert.equal((await store.networks.getChain({ key }))?.length, chain.length);
    assert.equal((await store.networks.listTransformations({ network: key })).length, 2600);
    assert.equal(
      await count(
        'MATCH (a)-[r:DEPENDS_ON]->(b) WITH a, b, count(r) AS times WHERE times > 1 RETURN count(*) AS n',
      ),
      0,
    );
    assert.deepEqual(await store.check(), []);
  });

  test('networks without marks, as version 0.3 left them, are found by the check and get theirs', async () => {
    assert.ok('service' in found);
    const { chain, network } = sampleNetwork('old', edges(1));
    const key = keyIn(SCOPE, network);
    await store.networks.create({ scope: SCOPE, state: 'invalid', chain });
    await graph.write(tx =>
      tx.run(statement<{ key: string }>('MATCH (m:NetworkMark {target: $key}) DETACH DELETE m')({ key })),
    );
    assert.deepEqual(await store.networks.getStates({ networks: [key] }), [null]);
    assert.match((await store.check()).join(), /^1 networks that have no mark .*v03-to-v04/);
    assert.equal(await migrateV03ToV04(neo4jUrl(found.service)), 1);
    assert.equal(await migrateV03ToV04(neo4jUrl(found.service)), 0);
    assert.deepEqual(await store.networks.getStates({ networks: [key] }), ['active']);
    assert.deepEqual(await store.check(), []);
  });

  test('an object that comes with other content than is kept is told of, one that is only written otherwise is not', async () => {
    assert.ok('service' in found);
    const told: string[] = [];
    const onDifference = ({ key }: { readonly key: string }): void => {
      told.push(key);
    };
    await using listening = openNeo4jStore(neo4jUrl(found.service), { onDifference });
    const submit = async (name: string, members: string): Promise<readonly string[]> => {
      const texts = [
        `["P-same", {"settings": {"b": 1.0, "a": [true, null]}, "n": [1.5, NaN], "big": 12345678901234567890, "__qualname__": "P", "__module__": "m", ":version:": 1}]`,
        `["P-differs", {${members}, "__qualname__": "P", "__module__": "m"}]`,
        `["AlchemicalNetwork-${name}", {"nodes": [{":gufe-key:": "P-same"}, {":gufe-key:": "P-differs"}], "edges": [], "__qualname__": "AlchemicalNetwork", "__module__": "m", ":version:": 1}]`,
      ];
      const chain = new TextEncoder().encode(`[${texts.join(', ')}]`);
      await listening.networks.create({ scope: SCOPE, state: 'active', chain });
      return told.splice(0);
    };
    const differs = keyIn(SCOPE, 'P-differs');
    assert.deepEqual(await submit('one', '"name": "x", "settings": {"c": 1}, "count": 2'), []);
    // As the original writes settings: the same members in another order, with other spaces.
    const rewrite = statement<{ key: string }>(
      'MATCH (n:GufeTokenizable {_scoped_key: $key}) SET n.settings = \'{"a":[true,null],"b":1.0}\'',
    );
    await graph.write(tx => tx.run(rewrite({ key: keyIn(SCOPE, 'P-same') })));
    assert.deepEqual(await submit('two', '"name": "x", "settings": {"c":1}, "count": 2, "more": null'), []);
    assert.deepEqual(await submit('three', '"name": "y", "settings": {"c": 1}, "count": 2'), [differs]);
    assert.deepEqual(await submit('four', '"name": "x", "settings": {"c": 2}, "count": 2'), [differs]);
    assert.deepEqual(await submit('five', '"settings": {"c": 1}, "count": 2'), [differs]);
    assert.deepEqual(await submit('six', '"name": "x", "settings": {"c": 1}, "count": 2, "more": 1'), [
      differs,
    ]);
    const link = '{":gufe-key:": "P-same"}';
    assert.deepEqual(
      await submit('seven', `"name": "x", "settings": {"c": 1}, "count": 2, "more": ${link}`),
      [differs],
    );
    assert.deepEqual(await submit('seven', '"name": "z"'), [], 'a network that is there is not looked at');
  });

  test('a constraint that is not alchemiscale’s is found by the check', async () => {
    const change = (cypher: string): Promise<void> => graph.changeSchema(tx => tx.run(statement(cypher)({})));
    await change('CREATE CONSTRAINT strange FOR (n:Strange) REQUIRE n.x IS UNIQUE');
    try {
      assert.deepEqual(await store.check(), ["the constraint strange is none of alchemiscale's"]);
    } finally {
      await change('DROP CONSTRAINT strange');
    }
    assert.deepEqual(await store.check(), []);
  });
});

function edges(count: number): readonly SampleEdge[] {
  return Array.from({ length: count }, (_, place) => ({
    name: `edge ${place}`,
    protocol: 'ProtocolA',
    systems: [`system ${place}`, `system ${place + 1}`],
  }));
}
