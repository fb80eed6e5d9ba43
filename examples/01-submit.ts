// Submit: stores a network in a scope and prints its key. A network is a set of transformations between chemical systems;
// this one is of harmonic wells, whose free energies are known exactly.
import { AlchemiscaleClient } from 'alchemiscale';
import { harmonicNetwork } from 'alchemiscale/protocols';

const client = AlchemiscaleClient.fromEnvironment(process.env);
const [scope = 'examples-harmonic-wells'] = process.argv.slice(2);

const network = harmonicNetwork({ name: 'example', nSamples: 500 });
const key = await client.createNetwork(network, scope);

const transformations = await client.getNetworkTransformations(key);
console.error(`stored ${network.edges.length} transformations:`);
for (const transformation of transformations) console.error(`  ${transformation}`);
console.log(String(key));
