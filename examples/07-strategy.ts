// Strategy: a network decides for itself what runs next, until it has enough. It grows from its middle outward, two runs each;
// printed are the free energies, and what was decided when, and why. `alchemiscale up --strategist-interval 2` decides every
// two seconds, where by default it is every five minutes.
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

for (;;) {
  const state = await client.getNetworkStrategyState(key);
  if (state?.status === 'error') throw new Error(state.traceback ?? 'the strategy failed');
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
