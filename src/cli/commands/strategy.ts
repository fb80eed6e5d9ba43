// `alchemiscale strategy …`: what a strategy would have run next, of files or of a network on a server.
import type { Command } from 'commander';
import { AlchemiscaleError } from '../../domain/errors.ts';
import { writeJson } from '../../lib/json-write.ts';
import { addCommand, addGroup, type CliContext } from '../command.ts';
import { MisuseError } from '../errors.ts';
import { integerOption, type OptionValues, requiredText, switchOption } from '../options.ts';
import { printable } from '../printable.ts';

const PROPOSE_OPTIONS = {
  network: requiredText('--network <file>', 'the AlchemicalNetwork'),
  estimates: requiredText(
    '--estimates <file>',
    'the results there are, as JSON: {transformation key: [{"estimate": 1.2, "uncertainty": 0.1 or null, "unit": "kilocalorie_per_mole"}, …]}, one entry a repeat; transformations without results are left out',
  ),
  strategy: requiredText('--strategy <file>', 'the strategy with its settings'),
  json: switchOption(
    '--json',
    'print {"weights": {transformation key: number or null}}: null is never again, 0 not now, more is more urgent',
  ),
  resolved: switchOption(
    '--resolved',
    'with --json, shares in place of weights: each divided by the sum of all, as alchemiscale takes them',
  ),
} as const;

const PREVIEW_OPTIONS = {
  json: switchOption('--json', 'print one JSON document in place of lines'),
} as const;

const HISTORY_OPTIONS = {
  limit: integerOption('--limit <integer>', 'how many runs; a server keeps a hundred', {
    default: 20,
    least: 1,
  }),
  json: switchOption(
    '--json',
    'print one JSON document, which also has what was decided for each transformation',
  ),
} as const;

/** Adds `strategy` with its commands. */
export function addStrategyCommands(program: Command, context: CliContext): void {
  const group = addGroup(program, 'strategy', 'Subcommands for strategies, which choose what to run next', [
    'alchemiscale strategy propose --network net.json --estimates estimates.json --strategy strategy.json',
  ]);
  addCommand(group, 'propose', context, {
    summary: 'Print what a strategy proposes for a network and results in files, without a server.',
    description:
      'The network and the strategy may be in any form that gufe writes (keyed chain or full dict as JSON, MessagePack), all files plain or compressed with gzip or zstd; - is standard input. Prints each weight with its reason.',
    examples: [
      'alchemiscale strategy propose --network net.json --estimates estimates.json --strategy strategy.json',
      'alchemiscale strategy propose --network net.json.zst --estimates - --strategy strategy.json --json',
    ],
    options: PROPOSE_OPTIONS,
    run: propose,
  });
  addCommand(group, 'preview', context, {
    summary: 'Print what the strategy of a network on a server would do if it were run now; nothing is done.',
    description:
      'The server is that of ALCHEMISCALE_URL, asked as ALCHEMISCALE_ID with ALCHEMISCALE_KEY. A weight of never is for good.',
    examples: [
      'alchemiscale strategy preview AlchemicalNetwork-…-org-campaign-project',
      'alchemiscale strategy preview AlchemicalNetwork-…-org-campaign-project --json',
    ],
    options: PREVIEW_OPTIONS,
    operands: '<network>',
    run: preview,
  });
  addCommand(group, 'history', context, {
    summary: 'Print what the strategies of a network on a server did, the newest run first.',
    description: 'The server is that of ALCHEMISCALE_URL, asked as ALCHEMISCALE_ID with ALCHEMISCALE_KEY.',
    examples: [
      'alchemiscale strategy history AlchemicalNetwork-…-org-campaign-project',
      'alchemiscale strategy history AlchemicalNetwork-…-org-campaign-project --limit 1 --json',
    ],
    options: HISTORY_OPTIONS,
    operands: '<network>',
    run: history,
  });
}

async function propose(options: OptionValues<typeof PROPOSE_OPTIONS>, { out }: CliContext): Promise<void> {
  const { network, estimates, strategy, json, resolved } = options;
  if (resolved && !json) throw new MisuseError("'--resolved' is for '--json'; the table has both.");
  if ([network, estimates, strategy].filter(file => file === '-').length > 1) {
    throw new MisuseError('Only one file can be standard input.');
  }
  const { proposalLines, proposeFromFiles } = await import('../strategy/propose.ts');
  const proposal = await proposeFromFiles({ network, estimates, strategy });
  if (json) {
    const weights = resolved ? proposal.result.resolve() : proposal.result.weights;
    out(writeJson(new Map([['weights', weights]])));
  } else {
    for (const line of proposalLines(proposal)) out(printable(line));
  }
}

async function preview(
  { json }: OptionValues<typeof PREVIEW_OPTIONS>,
  context: CliContext,
  [network = '']: readonly string[],
): Promise<void> {
  const [{ previewLines }, { userClient }] = await Promise.all([
    import('../strategy/preview.ts'),
    import('../user-client.ts'),
  ]);
  const found = await userClient(context).previewNetworkStrategy(network);
  if (found === null) {
    throw new AlchemiscaleError('NO_SUCH_OBJECT', `the network ${printable(network)} has no strategy`);
  }
  if (json) context.out(JSON.stringify(found));
  else for (const line of previewLines(found)) context.out(printable(line));
}

async function history(
  { limit, json }: OptionValues<typeof HISTORY_OPTIONS>,
  context: CliContext,
  [network = '']: readonly string[],
): Promise<void> {
  const [{ fetchHistory, historyLines }, { userClient }] = await Promise.all([
    import('../strategy/history.ts'),
    import('../user-client.ts'),
  ]);
  const runs = await fetchHistory(userClient(context), network, limit);
  if (json) context.out(JSON.stringify({ runs }));
  else if (runs.length === 0) context.out(`no strategy of ${printable(network)} has run yet`);
  else for (const line of historyLines(runs)) context.out(printable(line));
}
