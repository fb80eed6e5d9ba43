// `alchemiscale demo`: shows the whole loop on one machine, with real numbers at its end.
import type { Command } from 'commander';
import { Scope } from '../../domain/scope.ts';
import { findGmxVersion, type GmxProgram } from '../../protocols/gromacs/gmx.ts';
import { addCommand, type CliContext } from '../command.ts';
import { type Campaign, harmonicCampaign, hydrationCampaign } from '../demo/campaign.ts';
import { renderReport } from '../demo/report.ts';
import { runDemo } from '../demo/run.ts';
import { gmxFrom } from '../engines.ts';
import { ExitError, MisuseError } from '../errors.ts';
import { choiceOption, switchOption, textOption } from '../options.ts';
import { onStopSignals } from '../signals.ts';

const PROTOCOLS = ['auto', 'gromacs', 'harmonic'] as const;

const OPTIONS = {
  quick: switchOption(
    '--quick',
    'few windows and steps, numbers not converged: under a minute with harmonic wells, one to some minutes with GROMACS',
  ),
  json: switchOption('--json', 'print one JSON document on stdout, all else on stderr'),
  keep: textOption('--keep <dir>', "leave the server's data in this folder"),
  protocol: choiceOption(
    '--protocol <name>',
    'what to compute: gromacs, harmonic (wells), or auto, which takes GROMACS when it is there',
    PROTOCOLS,
    'auto',
  ),
} as const;

/** Adds `demo`. */
export function addDemoCommand(program: Command, context: CliContext): void {
  addCommand(program, 'demo', context, {
    summary: 'Show the whole loop on this machine: submit, compute, gather.',
    description:
      'With GROMACS on PATH it computes hydration free energies of alkanes, else free energies of harmonic wells.',
    examples: ['alchemiscale demo --quick', 'alchemiscale demo --json > report.json'],
    options: OPTIONS,
    run: async (options, { env, out, note }) => {
      const campaign = await chooseCampaign(options.protocol, options.quick, gmxFrom(env), note);
      const stop = new AbortController();
      using _signals = onStopSignals({
        graceful: signal => {
          note(`${signal}: stopping, this takes a few seconds`);
          stop.abort(new ExitError(130));
        },
        forceful: () => process.exit(130),
      });
      const report = await runDemo({
        campaign,
        scope: Scope.parse('demo-alchemiscale-first'),
        keep: options.keep ?? null,
        signal: stop.signal,
        stream: process.stderr,
        note,
      }).catch((error: unknown) => {
        throw stop.signal.aborted ? stop.signal.reason : error;
      });
      if (options.keep) note(`the data are kept in ${options.keep}: alchemiscale up --data ${options.keep}`);
      out(options.json ? JSON.stringify(report, null, 2) : renderReport(report, campaign.remark));
      if (report.rows.some(row => row.estimate === null)) throw new ExitError(1);
    },
  });
}

async function chooseCampaign(
  protocol: (typeof PROTOCOLS)[number],
  quick: boolean,
  gmx: GmxProgram,
  note: (line: string) => void,
): Promise<Campaign> {
  if (protocol === 'harmonic') return harmonicCampaign(quick);
  const version = await findGmxVersion(gmx);
  if (version !== null) return hydrationCampaign(version, quick);
  if (protocol === 'gromacs')
    throw new MisuseError('gmx is not on PATH (Debian and Ubuntu: apt-get install gromacs).');
  note('GROMACS (gmx) is not on PATH: computing harmonic wells, whose exact answers are known, instead.');
  return harmonicCampaign(quick);
}
