// Archive: writes a network with all its results to a file, to keep, share or cite. Python reads it with gufe's
// AlchemicalArchive.from_json.
import { writeFile } from 'node:fs/promises';
import { AlchemiscaleClient } from 'alchemiscale';

const [network, file] = process.argv.slice(2);
if (network === undefined || file === undefined) throw new Error('usage: 05-archive.ts NETWORK FILE');

// What is fetched is kept in a folder: the next archive of this network fetches only new results.
const client = AlchemiscaleClient.fromEnvironment(process.env, {
  useLocalCache: true,
  cacheDirectory: `${file}.cache`,
});

const archive = await client.getNetworkArchive(network, {
  metadata: { written: new Date().toISOString() },
  onProgress: (done, total) => console.error(`${done} of ${total} transformations`),
});
if (archive === null) throw new Error(`there is no network ${network}`);
await writeFile(file, archive.toJson());
const results = archive.transformationResults.reduce((sum, [, runs]) => sum + runs.length, 0);
console.log(`${archive.key}: ${results} results in ${file}`);
