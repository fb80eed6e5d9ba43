// Strategy: a network decides for itself what runs next, until it has enough: from its middle outward, two runs each. Printed are the
// free energies, what was decided when, and why. Decisions come every five minutes, or as `up --strategist-interval 2` says.
import { setTimeout as sleep } from 'node:timers/promises';
import { AlchemiscaleClient, RADIAL_GROWTH_STRATEGY_SETTINGS, RadialGrowthStrategy } from 'alchemiscale';
import { harmonicNetwork, PROTOCOL_REGISTRY } from 'alchemiscale/protocols';

const client = AlchemiscaleClient.fromEnvironment(process.env, { registry: PROTOCOL_REGISTRY });
const [scope = 'examples-harmonic-strategy'] = process.argv.slice(2);

const network = harmonicNetwork({ name: 'strategy', nRepeats: 1, nSamples: 500 });
const key = await client.createNetwork(network, scope);
const strategy = new RadialGrowthStrategy(RADIAL_GROWTH_STRATEGY_SETTINGS.make({ max_runs: 2 }));
const often = { mode: 'full', sleepInterval: 1, maxTasksPerTransformation: 1 } as const;
await client.setNetworkStrategy(key, strategy, often);

let shown = '';
for (;;) {
  const state = await client.getNetworkStrategyState(key);
  if (state?.status === 'error') throw new Error(state.traceback ?? 'the strategy failed');
  const { waiting = 0, running = 0, complete = 0 } = await client.getNetworkStatus(key);
  const line = `strategy ${state?.status}; tasks: waiting ${waiting}, running ${running}, complete ${complete}`;
  if (line !== shown) console.log(line);
  shown = line;
  if (state?.status === 'dormant') break;
  await sleep(500);
}
const names = new Map(network.edges.map(edge => [edge.key, edge.name]));
for (const edge of network.edges) {
  const result = await client.getTransformationResults(`${edge.key}-${scope}`);
  const estimate = result?.estimate?.valueIn('kilocalorie_per_mole').toFixed(2);
  console.log(`${edge.name}: ${estimate} kcal/mol, ${result?.nProtocolDagResults} runs`);
}
const { runs } = await client.getNetworkStrategyHistory(key, { limit: 100 });
for (const { iteration, resultCount, statusAfter, transformations } of runs.toReversed()) {
  console.log(`run ${iteration}: ${resultCount} results, then ${statusAfter}`);
  for (const { transformation, target, reason } of transformations) {
    console.log(`  ${names.get(transformation)}: ${target} at a time; ${reason}`);
  }
}
