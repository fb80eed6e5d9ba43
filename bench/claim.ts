// What does a claim cost as the queue grows? In the store, beside the same statement on a bare table, and over HTTP, beside a bare
// HTTP echo plus that statement.
import { AlchemiscaleComputeClient } from '../src/client/compute.ts';
import { Scope } from '../src/domain/scope.ts';
import type { Key, StateStore } from '../src/store/state-store.ts';
import { openFilledStore, SCOPE, SERVICE } from './filled-store.ts';
import { startEchoServer } from './floors/http-echo.ts';
import { measureClaimFloor } from './floors/sqlite-claims.ts';
import { type Benchmark, formatMs, formatRate, type Row, timeCalls, timeConcurrentCalls } from './measure.ts';
import { startServer } from './server-process.ts';

const CLAIMS = 1000;
const CONCURRENT = 20;

export const CLAIM: Benchmark = {
  name: 'claim',
  question: 'What does a claim cost as the queue grows?',
  async run({ quick }) {
    const rows: Row[] = [];
    for (const waiting of quick ? [1e3] : [1e3, 1e5, 1e6]) {
      rows.push(...(await measureStore(waiting, Math.min(CLAIMS, waiting / 5))));
    }
    return rows;
  },
};

async function measureStore(waiting: number, count: number): Promise<readonly Row[]> {
  const at = `at ${waiting.toLocaleString('en-US')} waiting`;
  const floor = await measureClaimFloor(waiting, count);
  await using echo = await startEchoServer();
  const echoed = await timeCalls(count, () => postJson(echo.url, { count: 1 }));
  await using filled = await openFilledStore(waiting);
  const { store } = filled;
  const alone = await timeCalls(count, () => claimOne(store));
  const both = await timeConcurrentCalls(count, CONCURRENT, async index =>
    complete(store, await claimOne(store), index),
  );
  await using server = await startServer(filled.folder);
  const client = new AlchemiscaleComputeClient({ apiUrl: server.computeUrl, ...server.compute });
  const service = `http-${'1'.repeat(32)}`;
  await client.register(service);
  const http = await timeCalls(count, () => client.claimTasks([Scope.parse('bench-bench-bench')], service));
  return [
    row(`store, claim, p50 ${at}`, alone.p50, floor.claim.p50),
    row(`store, claim, p99 ${at}`, alone.p99, floor.claim.p99),
    {
      what: `store, claim and complete, ${CONCURRENT} callers ${at}`,
      ours: formatRate(both.perSecond),
      floor: `${formatRate(floor.claimAndComplete.perSecond)} (one caller)`,
      ratio: floor.claimAndComplete.perSecond / both.perSecond,
    },
    row(`HTTP, claim, p50 ${at}`, http.p50, echoed.p50 + floor.claim.p50),
    row(`HTTP, claim, p99 ${at}`, http.p99, echoed.p99 + floor.claim.p99),
  ];
}

function row(what: string, ours: number, floor: number): Row {
  return { what, ours: formatMs(ours), floor: formatMs(floor), ratio: ours / floor };
}

async function claimOne(store: StateStore): Promise<Key> {
  const now = new Date();
  const answer = await store.hubs.claim({
    service: SERVICE,
    scopes: [SCOPE],
    exclude: [],
    count: 1,
    protocols: null,
    now,
    maxFailures: 3,
    failuresSince: new Date(now.getTime() - 600_000),
  });
  const task = answer.denied ? undefined : answer.tasks[0];
  if (task === undefined) throw new Error('nothing was claimed');
  return task;
}

async function complete(store: StateStore, task: Key, index: number): Promise<void> {
  const pushed = await store.results.push({
    task,
    objKey: `ProtocolDAGResult-${index}`,
    ok: true,
    location: `bench/${index}`,
    service: SERVICE,
    failures: [],
    restarts: { tried: [], matched: [] },
    now: new Date(),
  });
  if (pushed === null || pushed === 'stale' || pushed.status !== 'complete') {
    throw new Error(`${task} was not completed`);
  }
}

async function postJson(url: string, body: unknown): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });
  return response.json();
}
