// Action: makes tasks for each transformation of a network and offers them to compute services. A task is one run of a
// transformation; more tasks make a better estimate.
import { AlchemiscaleClient } from 'alchemiscale';

const client = AlchemiscaleClient.fromEnvironment(process.env);
const [network, count = '2'] = process.argv.slice(2);
if (network === undefined) throw new Error('usage: 02-action.ts NETWORK [TASKS-PER-TRANSFORMATION]');

const transformations = await client.getNetworkTransformations(network);
const wanted = transformations.flatMap(key => Array.from({ length: Number(count) }, () => key));
const tasks = await client.createTransformationsTasks(wanted);

// Lower numbers run earlier; among equals the weight decides how often a task is drawn.
await client.setTasksPriority(tasks, 5);
const actioned = await client.actionTasks(tasks, network, { weight: 0.5 });
console.log(`${actioned.filter(task => task !== null).length} of ${tasks.length} tasks wait to be claimed`);
