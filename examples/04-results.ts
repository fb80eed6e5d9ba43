// Results: gathers the runs of each transformation of a network into an estimate and its uncertainty.
import { AlchemiscaleClient } from 'alchemiscale';
import { PROTOCOL_REGISTRY } from 'alchemiscale/protocols';

// Gathering is the protocol's work, so the client must know the protocols; others can be had as ProtocolDAGResults.
const client = AlchemiscaleClient.fromEnvironment(process.env, { registry: PROTOCOL_REGISTRY });
const [network] = process.argv.slice(2);
if (network === undefined) throw new Error('usage: 04-results.ts NETWORK');

const results = await client.getNetworkResults(network, {
  onProgress: (done, total) => console.error(`${done} of ${total} transformations`),
});

const unit = 'kilocalorie_per_mole';
for (const [key, result] of results) {
  const { name } = await client.getTransformation(key);
  const estimate = result?.estimate?.valueIn(unit);
  const uncertainty = result?.uncertainty?.valueIn(unit);
  const answer =
    estimate === undefined ? 'no result yet' : `${estimate.toFixed(2)} ± ${uncertainty?.toFixed(2)} kcal/mol`;
  console.log(`${name ?? key}: ${answer}`);
}
