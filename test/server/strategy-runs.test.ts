// What strategies did and would do: the routes under /v1, their pages and refusals, and the client's methods for them.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ConnectivityStrategy, encodeKeyedChain } from '../../src/gufe/index.ts';
import { AlchemiscaleClient } from '../../src/index.ts';
import { runStrategy } from '../../src/strategist/run.ts';
import { graph, row, runDeps, setStrategy } from '../strategist/networks.ts';
import { SCOPE, type Server, startServer } from './setup.ts';

const [org = '', campaign = '', project = ''] = SCOPE.split('-');
const NEVER = new AbortController().signal;

describe('runs of strategies', () => {
  let server: Server;
  let network = '';
  let transformations: readonly string[] = [];
  before(async () => {
    server = await startServer();
    const stored = await graph(server.store, { org, campaign, project }, row(3));
    [network, transformations] = [stored.network, stored.transformations];
  });
  after(() => server[Symbol.asyncDispose]());

  const client = (): AlchemiscaleClient =>
    new AlchemiscaleClient({
      apiUrl: 'http://test',
      identifier: 'user-identity',
      key: 'user-key',
      fetch: async (input, init) => {
        const request = new Request(input, init);
        const answer = await server.user.inject({
          method: request.method as 'GET',
          url: request.url.slice('http://test'.length),
          headers: Object.fromEntries(request.headers),
          payload: Buffer.from(await request.arrayBuffer()),
        });
        return new Response(Uint8Array.from(answer.rawPayload), {
          status: answer.statusCode,
          headers: answer.headers as Record<string, string>,
        });
      },
    });
  const run = (hours: number) =>
    runStrategy(
      runDeps(server.store, { clock: () => new Date(Date.UTC(2026, 0, 1, hours)) }),
      network,
      NEVER,
    );

  it('there are none, and nothing to preview, without a strategy', async () => {
    assert.deepEqual(await client().getNetworkStrategyHistory(network), { runs: [], next: null });
    assert.equal(await client().previewNetworkStrategy(network), null);
  });

  it('a preview says what a run does then, and does nothing', async () => {
    await setStrategy(server.store, network, { maxTasksPerTransformation: 5, taskScaling: 'linear' });
    const preview = await client().previewNetworkStrategy(network);
    assert.ok(preview);
    assert.deepEqual(
      [preview.strategy, preview.mode, preview.status, preview.statusAfter, preview.resultCount],
      ['ConnectivityStrategy', 'partial', 'awake', 'awake', 0],
    );
    const created = preview.transformations.map(({ change }) => change.create);
    assert.deepEqual(created.toSorted(), [2, 2, 3]);
    const [first] = preview.transformations;
    assert.match(first?.name ?? '', /^edge \d$/);
    assert.match(first?.reason ?? '', /^no result; .* % of all → \d tasks; 0 actioned$/);
    assert.deepEqual(await server.store.tasks.listForNetwork({ network, status: null }), []);
    const { run: done } = await run(0);
    assert.deepEqual(
      done?.transformations.map(row => row.created),
      created,
    );
    const after = await client().previewNetworkStrategy(network);
    assert.ok(after?.transformations.every(({ change }) => Object.values(change).every(n => n === 0)));
    assert.deepEqual(
      after?.transformations.map(({ actioned }) => actioned),
      created,
    );
  });

  it('a history comes in pages, newest first, with the reasons', async () => {
    for (const hours of [1, 2, 3, 4]) assert.equal((await run(hours)).outcome, 'awake');
    const seen: number[] = [];
    let cursor: string | null = null;
    for (let pages = 0; pages < 9; pages++) {
      const page = await client().getNetworkStrategyHistory(network, { limit: 2, ...(cursor && { cursor }) });
      seen.push(...page.runs.map(({ iteration }) => iteration));
      for (const { transformations: rows } of page.runs) assert.equal(rows.length, transformations.length);
      cursor = page.next;
      if (cursor === null) break;
    }
    assert.deepEqual(seen, [5, 4, 3, 2, 1]);
    const { runs } = await client().getNetworkStrategyHistory(network);
    const [newest] = await server.store.strategies.listRuns({ network, before: null, limit: 1 });
    assert.deepEqual(runs[0], newest?.run);
    assert.equal(runs.length, 5);
  });

  it('what a run would throw is part of the preview', async () => {
    const chain = '[["Thompson-1", {"n": 1, "__qualname__": "Thompson", "__module__": "my.strategies"}]]';
    await setStrategy(server.store, network, {}, new TextEncoder().encode(chain));
    const preview = await client().previewNetworkStrategy(network);
    assert.equal(preview?.statusAfter, 'error');
    assert.equal(preview?.exception?.[0], 'UnknownStrategyError');
    assert.deepEqual(preview?.transformations, []);
    await setStrategy(server.store, network, {}, encodeKeyedChain(new ConnectivityStrategy()));
  });

  it('refusals are problems, of routes under /v1 alone', async () => {
    const ask = async (path: string, identity?: string) => {
      const answer = await server.send('user', { url: path }, identity);
      return { status: answer.statusCode, type: answer.headers['content-type'], body: answer.json() };
    };
    const history = (key: string, query = '') => `/v1/networks/${key}/strategy/history${query}`;
    const problem = 'application/problem+json';
    const missing = network.replace(/-[0-9a-f]+-/, '-00-');
    assert.deepEqual(await ask(history(missing)), {
      status: 400,
      type: problem,
      body: {
        type: 'about:blank',
        title: 'Bad Request',
        status: 400,
        detail: "'No such object in database'",
      },
    });
    assert.equal((await ask(`/v1/networks/${missing}/strategy/preview`)).status, 400);
    const limit = await ask(history(network, '?limit=0'));
    assert.deepEqual([limit.status, limit.type], [422, problem]);
    assert.equal(limit.body.errors[0].loc.join('.'), 'query.limit');
    assert.match(limit.body.detail, /^query\.limit: /);
    assert.equal((await ask(history(network, '?cursor=x'))).status, 400);
    assert.deepEqual(await ask('/v1/nothing'), {
      status: 404,
      type: problem,
      body: { type: 'about:blank', title: 'Not Found', status: 404, detail: 'Not Found' },
    });
    const foreign = network.replace('org_one', 'org_nine');
    assert.equal((await ask(history(foreign))).status, 401);
    const bare = await server.user.inject(history(network));
    assert.deepEqual(
      [bare.statusCode, bare.headers['content-type'], bare.headers['www-authenticate']],
      [401, problem, 'Bearer'],
    );
    const old = await ask(`/networks/${foreign}/strategy`);
    assert.deepEqual([old.status, old.type, Object.keys(old.body)], [401, 'application/json', ['detail']]);
    await assert.rejects(client().getNetworkStrategyHistory(missing), /No such object in database/);
  });
});
