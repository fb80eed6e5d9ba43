// What the user client does beyond sending one request: bodies of networks, batches, results.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { type Received, type Reply, tinyService } from '../../test/support/tiny-service.ts';
import { AlchemiscaleError } from '../domain/errors.ts';
import { ScopedKey } from '../domain/scoped-key.ts';
import { ChemicalSystem } from '../gufe/chemical-system.ts';
import { SolventComponent } from '../gufe/components/solvent.ts';
import { encodeKeyedChain, GUFE_REGISTRY } from '../gufe/keyed-chain.ts';
import { AlchemicalNetwork } from '../gufe/network.ts';
import { Protocol, ProtocolResult, protocolClass } from '../gufe/protocol/protocol.ts';
import type { ProtocolDAGResult } from '../gufe/protocol/result.ts';
import type { ProtocolUnit } from '../gufe/protocol/unit.ts';
import { Settings } from '../gufe/settings.ts';
import { NonTransformation, Transformation } from '../gufe/transformation.ts';
import { AlchemiscaleClient } from './user.ts';

const SCOPE = 'org-campaign-project';
const NETWORK = `AlchemicalNetwork-7d856d3dcfd3bf2286e9ad739a9359b6-${SCOPE}`;
const results = (name: string): Buffer =>
  readFileSync(new URL(`../../test/fixtures/results/${name}`, import.meta.url));

/** The protocol of the recorded results, as far as gathering goes: it counts. */
class DummyProtocolA extends Protocol {
  override readonly qualname = 'DummyProtocolA';
  override readonly module = 'alchemiscale.tests.integration.conftest';
  override createUnits(): readonly ProtocolUnit[] {
    return [];
  }
  override gather(gathered: readonly ProtocolDAGResult[]): DummyResult {
    const keys = gathered.map(result => result.key);
    return new DummyResult({ nProtocolDagResults: gathered.length, data: { keys } });
  }
}
class DummyResult extends ProtocolResult {
  override readonly qualname = 'DummyResult';
  override readonly module = 'alchemiscale.tests.integration.conftest';
  readonly estimate = null;
  readonly uncertainty = null;
}
const DUMMY = protocolClass(
  'DummyProtocolA',
  'alchemiscale.tests.integration.conftest',
  settings => new DummyProtocolA(settings),
);

function clientOf(url: string, options = {}): AlchemiscaleClient {
  return new AlchemiscaleClient({ apiUrl: url, identifier: 'ada', key: 'k', maxRetries: 0, ...options });
}

function water(name: string): ChemicalSystem {
  return new ChemicalSystem({ solvent: new SolventComponent() }, name);
}

describe('createNetwork', () => {
  const protocol = new DummyProtocolA(new Settings('None', 'nowhere', {}));
  const edge = new Transformation({ stateA: water('a'), stateB: water('b'), protocol });
  const network = new AlchemicalNetwork({ edges: [edge], name: 'É 1.0' });
  const reply = { json: ScopedKey.parse(`${network.key}-${SCOPE}`).toDict() };

  test('sends the chain as gufe writes it, gzipped', async () => {
    await using service = await tinyService(() => reply);
    const key = await clientOf(service.url).createNetwork(network, SCOPE);
    assert.equal(key.toString(), `${network.key}-${SCOPE}`);
    const [sent] = service.requests;
    assert.equal(sent?.headers['content-encoding'], 'gzip');
    assert.equal(
      sent?.text,
      `{"network": ${network.toJson()}, "scope":{"org":"org","campaign":"campaign","project":"project"},"state":"active"}`,
    );
    assert.deepEqual(gunzipSync(sent.raw).toString(), sent.text);
  });

  test('sends bytes as they are, and plain on request', async () => {
    await using service = await tinyService(() => reply);
    const chain = encodeKeyedChain(network);
    await clientOf(service.url).createNetwork(chain, SCOPE, { compress: false, state: 'inactive' });
    const [sent] = service.requests;
    assert.equal(sent?.headers['content-encoding'], undefined);
    assert.ok(sent?.text.startsWith(`{"network": ${new TextDecoder().decode(chain)}, `));
    assert.equal(JSON.parse(sent?.text ?? '').state, 'inactive');
  });

  test('refuses what cannot be stored, before anything is sent', async () => {
    await using service = await tinyService(() => reply);
    const client = clientOf(service.url);
    const self = new Transformation({ stateA: water('a'), stateB: water('a'), protocol });
    const refused: [() => Promise<unknown>, RegExp][] = [
      [() => client.createNetwork(network, 'org-*-*'), /in one scope, without wildcards; got org-\*-\*/],
      [() => client.createNetwork(network, 'org'), /a scope is written org-campaign-project/],
      [() => client.createNetwork(network, SCOPE, { state: 'odd' as never }), /'odd' is not a valid state/],
      [() => client.createNetwork(network, SCOPE, { compress: 11 }), /level from 0 to 9; got 11/],
      [
        () => client.createNetwork(new AlchemicalNetwork({ edges: [self] }), SCOPE),
        /transforms ChemicalSystem-\w+ into itself/,
      ],
    ];
    for (const [attempt, why] of refused) {
      await assert.rejects(
        attempt,
        (error: Error) => error instanceof AlchemiscaleError && why.test(error.message),
      );
    }
    assert.equal(service.requests.length + service.logIns.length, 0);
    const same = new NonTransformation({ system: water('a'), protocol });
    await client.createNetwork(new AlchemicalNetwork({ edges: [same] }), SCOPE);
  });
});

describe('reading objects', () => {
  const system = water('a');
  const key = `${system.key}-${SCOPE}`;

  test('gives objects, or the bytes as they are stored', async () => {
    await using service = await tinyService(() => ({ body: encodeKeyedChain(system) }));
    const client = clientOf(service.url);
    assert.equal((await client.getChemicalSystem(key)).key, system.key);
    const bytes = await client.getChemicalSystemBytes(ScopedKey.parse(key), { compress: false });
    assert.equal(new TextDecoder().decode(bytes), system.toJson());
    assert.equal(service.requests[0]?.url, `/chemicalsystems/${key}`);
    assert.match(String(service.requests[0]?.headers['accept-encoding']), /gzip/);
    assert.equal(service.requests[1]?.headers['accept-encoding'], 'identity');
  });

  test('says of which object something is wrong', async () => {
    const bodies = ['[["ChemicalSystem-1", {"__qualname__": 1}]]', '[[', new SolventComponent().toJson()];
    await using service = await tinyService((_, count) => ({ body: bodies[count - 1] ?? '' }));
    const client = clientOf(service.url);
    for (const _ of bodies) {
      await assert.rejects(client.getChemicalSystem(key), (error: AlchemiscaleError) => {
        assert.equal(error.code, 'OBJECT_UNREADABLE');
        return error.message.startsWith(`${key} cannot be read: `);
      });
    }
    await assert.rejects(client.getTransformation(key), /cannot be read/);
  });

  test('a malformed key is refused before anything is sent', async () => {
    await using service = await tinyService(() => ({}));
    await assert.rejects(
      clientOf(service.url).getNetwork('no-key'),
      /does not appear to be a `ScopedKey`: 'no-key'/,
    );
    assert.equal(service.logIns.length, 0);
  });
});

describe('batches', () => {
  const tasks = Array.from({ length: 2500 }, (_, i) => `Task-${i.toString(16).padStart(32, '0')}-${SCOPE}`);

  test('are of a thousand, and the answers come in order', async () => {
    const sizes: number[] = [];
    const answer = async (request: Received): Promise<Reply> => {
      const body = JSON.parse(request.text) as { tasks: { gufe_key: string }[] };
      sizes.push(body.tasks.length);
      if (sizes.length === 1) await new Promise(resolve => setTimeout(resolve, 30));
      return { json: body.tasks.map(task => Number.parseInt(task.gufe_key.slice(5), 16) + 1) };
    };
    await using service = await tinyService(answer);
    const priorities = await clientOf(service.url).getTasksPriority(tasks);
    assert.deepEqual(
      priorities,
      tasks.map((_, i) => i + 1),
    );
    assert.deepEqual(sizes.sort(), [1000, 1000, 500]);
    assert.equal(service.logIns.length, 1);
  });

  test('of an empty list send nothing', async () => {
    await using service = await tinyService(() => ({ json: [] }));
    assert.deepEqual(await clientOf(service.url).setTasksStatus([], 'waiting'), []);
    assert.equal(service.logIns.length, 0);
  });

  test('stop when one fails', async () => {
    await using service = await tinyService(() => ({ status: 400, json: { detail: 'no' } }));
    const client = clientOf(service.url, { concurrency: 1 });
    await assert.rejects(client.getTasksStatus(tasks, { batchSize: 10 }), /400 Bad Request: no/);
    assert.equal(service.requests.length, 1);
  });

  test('wrong words and lengths are refused before anything is sent', async () => {
    await using service = await tinyService(() => ({ json: [] }));
    const client = clientOf(service.url);
    await assert.rejects(
      client.setTasksStatus(tasks, 'running' as never),
      /must be one of 'waiting', 'invalid', 'deleted'/,
    );
    await assert.rejects(client.setNetworksWeight([NETWORK], [0.1, 0.2]), /2 against 1/);
    await assert.rejects(
      client.createTransformationsTasks([NETWORK], { extends: [null, null] }),
      /2 against 1/,
    );
    assert.equal(service.logIns.length, 0);
  });
});

describe('results', () => {
  const OK = `Transformation-3aa580975d5f135fba1b91c79471db7d-${SCOPE}`;
  const NONE = `Transformation-00000000000000000000000000000000-${SCOPE}`;
  const TASK = `Task-82091dd2a55e4a3eba11946bb97504b5-${SCOPE}`;
  const REFS = ['1', '2'].map(digit => `ProtocolDAGResultRef-${digit.repeat(32)}-${SCOPE}`);
  const answers: Record<string, Reply> = {
    [`/networks/${NETWORK}/transformations`]: { json: [OK, NONE] },
    [`/transformations/${OK}/results`]: { json: REFS },
    [`/transformations/${NONE}/results`]: { json: [] },
    [`/transformations/${OK}/failures`]: { json: [] },
    [`/transformations/${NONE}/failures`]: { json: [REFS[0]] },
    [`/tasks/${TASK}/results`]: { json: [REFS[0]] },
    [`/tasks/${TASK}/failures`]: { json: [] },
    [`/tasks/${TASK}/transformation`]: { json: OK },
    [`/transformations/${OK}`]: { body: results('dummy_ok.transformation.chain.json') },
    [`/transformations/${OK}/results/${REFS[0]}`]: { body: results('dummy_ok.user_download.json') },
    [`/transformations/${OK}/results/${REFS[1]}`]: {
      json: [results('dummy_ok_extends.obj.json.zst').toString('latin1')],
    },
    [`/transformations/${NONE}/failures/${REFS[0]}`]: {
      json: [results('broken_failed.obj.json.zst').toString('latin1')],
    },
  };
  const answer = ({ url }: Received): Reply => answers[url] ?? { status: 400, json: { detail: `no ${url}` } };
  const FIRST = 'ProtocolDAGResult-dd92758e340ae9f010d0d277c3085d3b';
  const SECOND = 'ProtocolDAGResult-4571f6b4214e3c61cee49ab51cd822f0';

  test('of a network: gathered where there are any, with progress', async () => {
    await using service = await tinyService(answer);
    const client = clientOf(service.url, { registry: GUFE_REGISTRY.with(DUMMY) });
    const progress: string[] = [];
    const gathered = await client.getNetworkResults(NETWORK, {
      onProgress: (done, total) => progress.push(`${done}/${total}`),
    });
    assert.deepEqual([...gathered.keys()], [OK, NONE]);
    assert.equal(gathered.get(NONE), null);
    const result = gathered.get(OK);
    assert.ok(result instanceof DummyResult);
    assert.deepEqual(result.data.get('keys'), [FIRST, SECOND]);
    assert.deepEqual(progress, ['1/2', '2/2']);
    assert.equal(service.logIns.length, 1);
  });

  test('in the other forms', async () => {
    await using service = await tinyService(answer);
    const client = clientOf(service.url, { registry: GUFE_REGISTRY.with(DUMMY) });
    const each = await client.getTransformationResults(OK, { returnAs: 'ProtocolResults' });
    assert.deepEqual(
      each.map(one => one.data.get('keys')),
      [[FIRST], [SECOND]],
    );
    assert.deepEqual(await client.getTransformationResults(NONE, { returnAs: 'ProtocolResults' }), []);
    const raw = await client.getNetworkResults(NETWORK, { returnAs: 'ProtocolDAGResults' });
    assert.deepEqual(
      raw.get(OK)?.map(one => [one.key, one.ok]),
      [
        [FIRST, true],
        [SECOND, true],
      ],
    );
    assert.deepEqual(raw.get(NONE), []);
  });

  test('without the protocol: the runs can be had, gathering says what is missing', async () => {
    await using service = await tinyService(answer);
    const client = clientOf(service.url);
    const runs = await client.getTransformationResults(OK, { returnAs: 'ProtocolDAGResults' });
    assert.equal(runs.length, 2);
    await assert.rejects(client.getTransformationResults(OK), {
      name: 'AlchemiscaleError',
      message:
        /no implementation of alchemiscale\.tests\.integration\.conftest\.DummyProtocolA is known here/,
    });
  });

  test('of tasks, and failures with their tracebacks', async () => {
    await using service = await tinyService(answer);
    const client = clientOf(service.url);
    assert.deepEqual(
      (await client.getTaskResults(TASK)).map(one => one.key),
      [FIRST],
    );
    assert.deepEqual(await client.getTaskFailures(TASK), []);
    const failures = await client.getNetworkFailures(NETWORK);
    assert.deepEqual(failures.get(OK), []);
    const [failure] = failures.get(NONE) ?? [];
    assert.equal(failure?.ok, false);
    assert.match(failure?.failures[0]?.traceback ?? '', /I have failed my mission/);
    assert.deepEqual((await client.getTransformationResultRefs(NONE, { failures: true })).map(String), [
      REFS[0],
    ]);
  });

  test('that are damaged name their reference', async () => {
    const damaged = results('dummy_ok.obj.json.zst').subarray(0, 900).toString('latin1');
    await using service = await tinyService(({ url }) =>
      url.endsWith(REFS[1] ?? '') ? { json: [damaged] } : answer({ url } as Received),
    );
    const client = clientOf(service.url);
    await assert.rejects(client.getTransformationResults(OK, { returnAs: 'ProtocolDAGResults' }), {
      name: 'AlchemiscaleError',
      code: 'OBJECT_UNREADABLE',
      message: `${REFS[1]} cannot be read: not a complete zstd frame`,
    });
  });
});

test('fromEnvironment says which variables are missing', () => {
  assert.throws(
    () =>
      AlchemiscaleClient.fromEnvironment({ ALCHEMISCALE_URL: 'http://localhost:1840', ALCHEMISCALE_KEY: '' }),
    /^AlchemiscaleError: the environment lacks ALCHEMISCALE_ID, ALCHEMISCALE_KEY$/,
  );
  const env = { ALCHEMISCALE_URL: 'http://localhost:1840', ALCHEMISCALE_ID: 'ada', ALCHEMISCALE_KEY: 'k' };
  assert.ok(AlchemiscaleClient.fromEnvironment(env) instanceof AlchemiscaleClient);
});
