// Watch: shows how far a network is, until nothing waits or runs any more. Ctrl-C stops watching, not the work.
import { setTimeout as sleep } from 'node:timers/promises';
import { AlchemiscaleClient } from 'alchemiscale';

const client = AlchemiscaleClient.fromEnvironment(process.env);
const [network] = process.argv.slice(2);
if (network === undefined) throw new Error('usage: 03-watch.ts NETWORK');

// A service claims the next task while it sends the result of the last: more may run, for a moment, than there are slots.
let shown = '';
for (;;) {
  const { waiting = 0, running = 0, complete = 0, error = 0 } = await client.getNetworkStatus(network);
  const line = `waiting ${waiting}, running ${running}, complete ${complete}, error ${error}`;
  if (line !== shown) console.log(line);
  shown = line;
  if (waiting + running === 0) break;
  await sleep(1000);
}

// Why tasks failed: each failed run keeps the tracebacks of its units.
for (const [transformation, failures] of await client.getNetworkFailures(network)) {
  for (const { traceback } of failures.flatMap(run => run.failures))
    console.log(`${transformation}\n${traceback}`);
}
