// The program `alchemiscale`: the commands of the original in its words, and `up`, which runs everything on one machine.
// Commands load what they need when they run, so that `--help` and the small ones answer at once.
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { type CliContext, showExamples, speakPlainly } from './command.ts';
import { addApiCommand } from './commands/api.ts';
import { addComputeCommands } from './commands/compute.ts';
import { addDatabaseCommands } from './commands/database.ts';
import { addGufeCommands } from './commands/gufe.ts';
import { addIdentityCommands } from './commands/identity.ts';
import { addMovingCommands } from './commands/moving.ts';
import { addNetworkCommands } from './commands/network.ts';
import { addStrategistCommand } from './commands/strategist.ts';
import { addStrategyCommands } from './commands/strategy.ts';
import { addUpCommand } from './commands/up.ts';
import { report } from './errors.ts';

const EXAMPLES = [
  'alchemiscale up                               run everything on this machine',
  'alchemiscale up --services 4 --slots 2        … with four compute services of two slots each',
  'alchemiscale identity add -i alice -k SECRET  let somebody in',
  'alchemiscale compute synchronous -c FILE      run a compute service elsewhere',
];

/** Runs one command line; resolves with the exit code. */
export async function main(args: readonly string[], context: CliContext): Promise<number> {
  const program = speakPlainly(new Command('alchemiscale'))
    .description('Alchemical free energy calculations at scale')
    .version(version(), '--version', 'show the version and exit')
    .helpOption('-h, --help', 'show this message and exit')
    .helpCommand(false);
  showExamples(program, EXAMPLES);
  addUpCommand(program, context);
  addApiCommand(program, context);
  addComputeCommands(program, context);
  addDatabaseCommands(program, context);
  addIdentityCommands(program, context);
  addGufeCommands(program, context);
  addNetworkCommands(program, context);
  addMovingCommands(program, context);
  addStrategyCommands(program, context);
  addStrategistCommand(program, context);
  // The demo comes with every protocol (40 MB, half a second), for which no other command should pay.
  if (!program.commands.some(command => command.name() === args[0])) {
    const { addDemoCommand } = await import('./commands/demo.ts');
    addDemoCommand(program, context);
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    return report(error, context.note);
  }
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return (manifest as { version: string }).version;
}
