// `npm run bench -- stores [--size full|medium|small] [--stores sqlite,postgres,neo4j,original] [--write]`: the same load over HTTP on our server with
// each state store, and on the original where the environment says that it serves (ALCHEMISCALE_ORIGINAL_URL and the others of
// bench/compat). PostgreSQL and Neo4j are those that tests use (`npm run services up`). With `--write` the figures replace those of an
// older run of the same stores in runs.json, and RESULTS.md is made anew, with a section for each run.
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { describeMachine, formatMs, timeCalls } from '../measure.ts';
import { bulkFigure, type ClaimPlan, type Contender, measureClaims } from './claims.ts';
import { type Figure, renderRuns, type StoreRun } from './figures.ts';
import { type FloorPlan, measureFloor } from './floor.ts';
import { type Layout, Load } from './load.ts';
import { measureNetwork } from './network.ts';
import { openPlace, type Place, STORES, type StoreName } from './places.ts';

interface Plan extends ClaimPlan {
  readonly tasks: number;
  readonly layouts: readonly Layout[];
  readonly floor: FloorPlan;
  readonly network: number;
  readonly networkMs: number;
}

const FULL: Plan = {
  tasks: 1e6,
  levels: [1e3, 1e4, 1e5, 1e6],
  clients: [1, 8, 64],
  rounds: 3,
  claims: 300,
  pointMs: 1500,
  fillMs: 60_000,
  layouts: [
    { name: 'many hubs', hubs: 100 },
    { name: 'one hub', hubs: 1 },
  ],
  floor: { waiting: 100_000, hubs: 100, count: 2000, rounds: 5, callers: 8 },
  network: 40_000,
  networkMs: 120_000,
};

/** What the original can be given in some minutes. */
const MEDIUM: Plan = {
  ...FULL,
  tasks: 20_000,
  levels: [1e3, 1e4],
  fillMs: 20_000,
  network: 2000,
};

/** To see that it works. */
const SMALL: Plan = {
  ...FULL,
  tasks: 2000,
  levels: [100, 1000],
  rounds: 2,
  claims: 60,
  fillMs: 30_000,
  layouts: [
    { name: 'many hubs', hubs: 10 },
    { name: 'one hub', hubs: 1 },
  ],
  floor: { waiting: 20_000, hubs: 100, count: 600, rounds: 3, callers: 8 },
  network: 400,
  networkMs: 60_000,
};

const SIZES = { full: FULL, medium: MEDIUM, small: SMALL } as const;

interface Running extends Contender {
  readonly place: Place;
}

const { values } = parseArgs({
  args: process.argv.slice(2).filter(argument => argument !== 'stores'),
  options: {
    size: { type: 'string', default: 'full' },
    quick: { type: 'boolean', default: false },
    stores: { type: 'string', default: STORES.join(',') },
    write: { type: 'boolean', default: false },
  },
});
const chosen = values.stores.split(',').map(name => {
  const known = STORES.find(store => store === name);
  if (known === undefined) throw new Error(`no such store: ${name}. There are: ${STORES.join(', ')}`);
  return known;
});
const size = values.quick ? 'small' : values.size;
if (size !== 'full' && size !== 'medium' && size !== 'small')
  throw new Error(`no such size: ${size}. There are: ${Object.keys(SIZES).join(', ')}`);
const runs = await measure(chosen, size);
console.log(renderRuns(runs));
if (values.write) write(runs);

async function measure(names: readonly StoreName[], size: keyof typeof SIZES): Promise<readonly StoreRun[]> {
  const plan: Plan = SIZES[size];
  const loadBefore = loadavg()[0] ?? 0;
  const org = `bench${randomUUID().slice(0, 8)}`;
  await using places = new AsyncDisposableStack();
  const running: Running[] = [];
  for (const name of names) {
    const opened = await openPlace(name, org);
    if ('skip' in opened) {
      console.error(`${name} is left out: ${opened.skip}`);
      continue;
    }
    const place = places.use(opened.place);
    const loads = plan.layouts.map(layout => new Load(place, org, layout));
    running.push({ name, place, loads, figures: [] });
  }
  for (const contender of running) await prepare(contender, plan);
  await measureClaims(running, plan);
  for (const contender of running) contender.figures.push(...(await statusCounts(contender)));
  await measureNetwork(running, { size: plan.network, org, limitMs: plan.networkMs });
  const postgres = running.find(({ name }) => name === 'postgres');
  if (postgres !== undefined) postgres.figures.push(...(await measureFloor(plan.floor)));
  const about = {
    run: org,
    date: new Date().toISOString().slice(0, 10),
    machine: describeMachine(),
    load: [loadBefore, loadavg()[0] ?? 0] as const,
    size,
  };
  return running.map(({ name, figures }) => ({ store: name, ...about, figures }));
}

/** Makes the networks and most of the tasks. */
async function prepare({ name, loads, figures }: Running, plan: Plan): Promise<void> {
  for (const load of loads) await load.prepare();
  const [many] = loads;
  if (many === undefined) return;
  const created = await many.create(plan.tasks, plan.fillMs);
  console.error(`${name}: ${created.done} tasks after ${formatMs(created.ms)}`);
  figures.push(bulkFigure('tasks created before anything else', created, plan.fillMs));
}

/** How long the counts of a network and of the whole scope take. */
async function statusCounts({ loads }: Running): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const { layout, user, scope, networks } of loads) {
    const hubs = layout.hubs === 1 ? 'one hub' : `${layout.hubs} hubs`;
    const counts = Object.values(await user.getScopeStatus(scope));
    const total = counts.reduce((sum, count) => sum + count, 0);
    const ofScope = await timeCalls(10, () => user.getScopeStatus(scope));
    const ofNetwork = await timeCalls(10, () => user.getNetworkStatus(networks[0] ?? ''));
    const table = 'Status counts: p50 of 10 calls';
    const note = `${total.toLocaleString('en-US')} tasks`;
    figures.push(
      { table, row: `of a scope with ${hubs}`, text: formatMs(ofScope.p50), note, cost: ofScope.p50 },
      { table, row: `of one network, ${hubs}`, text: formatMs(ofNetwork.p50), cost: ofNetwork.p50 },
    );
  }
  return figures;
}

function write(measured: readonly StoreRun[]): void {
  const kept = new URL('runs.json', import.meta.url);
  const before = existsSync(kept) ? (JSON.parse(readFileSync(kept, 'utf8')) as readonly StoreRun[]) : [];
  const nameOf = (runs: readonly StoreRun[]): string => runs.map(({ store }) => store).join(', ');
  const groups = [...Map.groupBy(before, ({ run }) => run).values(), measured];
  const sections = new Map(groups.map(runs => [nameOf(runs), runs]));
  writeFileSync(kept, `${JSON.stringify([...sections.values()].flat(), null, 1)}\n`);
  const head = [
    '# State stores under the same load',
    '',
    'Driver, servers and databases share the machine. Stores of one run took turns; figures are medians over the rounds, with the',
    'spread of rates. Bold: how many times as fast as the last store of the row (by p50, and by rate where there is one).',
    'Made by `npm run bench -- stores --write`; `bench/README.md` says what each part is.',
    '',
  ].join('\n');
  const parts = [...sections].map(([name, runs]) => `## ${name}\n\n${renderRuns(runs)}`);
  writeFileSync(new URL('RESULTS.md', import.meta.url), [head, ...parts].join('\n'));
}
