// The demo: the whole loop through the real HTTP ports, on a stack of its own with two compute services. Submit a network,
// create and action tasks, watch them, gather the results.
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AlchemiscaleClient } from '../../client/user.ts';
import type { Scope } from '../../domain/scope.ts';
import { ScopedKey } from '../../domain/scoped-key.ts';
import type { AnyTransformation, ProtocolResult } from '../../gufe/index.ts';
import { PROTOCOL_REGISTRY } from '../../protocols/registry.ts';
import { ESTIMATE_UNIT } from '../../protocols/repeats.ts';
import { startStack } from '../../stack/stack.ts';
import { type Campaign, REPEATS } from './campaign.ts';
import { ProgressDisplay } from './progress.ts';
import type { DemoReport, DemoRow } from './report.ts';

const SERVICES = 2;
const POLL_MS = 500;

export interface DemoOptions {
  readonly campaign: Campaign;
  readonly scope: Scope;
  /** Where the server's data are left; null for a temporary folder that is removed. */
  readonly keep: string | null;
  /** Stops the demo, leaving nothing running. */
  readonly signal: AbortSignal;
  /** Where progress goes. */
  readonly stream: NodeJS.WriteStream;
  readonly note: (line: string) => void;
}

/** Runs the demo to its end; throws the signal's reason when stopped before. */
export async function runDemo(options: DemoOptions): Promise<DemoReport> {
  const started = performance.now();
  const dataDir = options.keep ?? (await mkdtemp(join(tmpdir(), 'alchemiscale-demo-')));
  // A second signal ends the process at once: then only this still runs.
  const removeAtOnce = (): void => rmSync(dataDir, { recursive: true, force: true });
  if (options.keep === null) process.once('exit', removeAtOnce);
  try {
    await using stack = await startStack({
      dataDir,
      userPort: 0,
      computePort: 0,
      services: SERVICES,
      signal: options.signal,
    });
    options.note(
      `serving at ${stack.userUrl} (users) and ${stack.computeUrl} (compute), ${SERVICES} compute services`,
    );
    const client = new AlchemiscaleClient({
      apiUrl: stack.userUrl,
      registry: PROTOCOL_REGISTRY,
      ...stack.userIdentity,
    });
    const network = await submit(client, options);
    await watch(client, network, options);
    const rows = await collectRows(client, network, options);
    const { protocol, engine } = options.campaign;
    return { protocol, engine, rows, wallSeconds: (performance.now() - started) / 1000 };
  } finally {
    if (options.keep === null) await rm(dataDir, { recursive: true, force: true });
    process.off('exit', removeAtOnce);
  }
}

async function submit(client: AlchemiscaleClient, options: DemoOptions): Promise<ScopedKey> {
  const { campaign, signal, note } = options;
  const network = await client.createNetwork(campaign.network, options.scope, { signal });
  const transformations = await client.getNetworkTransformations(network, { signal });
  const tasks = [];
  for (const transformation of transformations) {
    tasks.push(...(await client.createTasks(transformation, { count: REPEATS, signal })));
  }
  await client.actionTasks(tasks, network, { signal });
  note(`submitted ${network}: ${transformations.length} transformations, ${tasks.length} tasks`);
  return network;
}

/** Shows progress until no task waits or runs. */
async function watch(client: AlchemiscaleClient, network: ScopedKey, options: DemoOptions): Promise<void> {
  const { campaign, signal } = options;
  const display = new ProgressDisplay(options.stream);
  const expectedSeconds = (campaign.network.edges.length * REPEATS * campaign.taskSeconds) / SERVICES;
  const started = performance.now();
  try {
    for (;;) {
      const counts = await client.getNetworkStatus(network, { signal });
      display.show(counts, (performance.now() - started) / 1000, expectedSeconds);
      if (!counts.waiting && !counts.running) return;
      await sleep(POLL_MS, undefined, { signal });
    }
  } finally {
    display.end();
  }
}

async function collectRows(
  client: AlchemiscaleClient,
  network: ScopedKey,
  options: DemoOptions,
): Promise<readonly DemoRow[]> {
  const { campaign, signal } = options;
  const results = await client.getNetworkResults(network, { signal });
  const byGufeKey = new Map([...results].map(([key, result]) => [ScopedKey.parse(key).gufeKey, result]));
  return campaign.network.edges
    .map(edge => makeRow(edge, byGufeKey.get(edge.key) ?? null, campaign))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function makeRow(edge: AnyTransformation, result: ProtocolResult | null, campaign: Campaign): DemoRow {
  const reference = campaign.referenceFor(edge);
  const repeats = result?.nProtocolDagResults ?? 0;
  return {
    name: edge.name ?? edge.key,
    estimate: kcalPerMol(result?.estimate ?? null),
    uncertainty: repeats > 1 ? kcalPerMol(result?.uncertainty ?? null) : null,
    unit: 'kcal/mol',
    reference: reference.value,
    source: reference.source,
    repeats,
    tasks: REPEATS,
  };
}

function kcalPerMol(quantity: ProtocolResult['estimate']): number | null {
  if (quantity === null) return null;
  if (quantity.unit !== ESTIMATE_UNIT || typeof quantity.magnitude !== 'number') {
    throw new TypeError(`an estimate in ${ESTIMATE_UNIT} was expected, not in ${quantity.unit}`);
  }
  return quantity.magnitude;
}
