// `alchemiscale network …`: build a network from files of molecules, look at one before it is sent.
import type { Command } from 'commander';
import { addCommand, addGroup, type CliContext } from '../command.ts';
import { EXIT_FAILED, ExitError } from '../errors.ts';
import {
  choiceOption,
  integerOption,
  type OptionValues,
  optionalTexts,
  requiredText,
  switchOption,
  textOption,
} from '../options.ts';

const JSON_OUTPUT = { json: switchOption('--json', 'print one JSON document in place of lines') } as const;

const BUILD_OPTIONS = {
  ligands: optionalTexts(
    '--ligands <file...>',
    'molecules: SD (.sdf, .mol), MOL2 or SMILES (.smi) files, plain or .gz or .zst; each molecule needs a name of its own',
  ),
  protein: textOption(
    '--protein <file>',
    'a PDB or mmCIF file, or a component that gufe wrote: adds a complex leg to each edge',
  ),
  proteinName: textOption('--protein-name <text>', "the protein's name, which enters its key", {
    default: '',
  }),
  cofactors: optionalTexts('--cofactors <file...>', 'molecules that stay in the complex as they are'),
  protocol: requiredText(
    '--protocol <name or file>',
    'RelativeHybridTopologyProtocol, AbsoluteSolvationProtocol, GromacsHydrationProtocol, or a file that gufe wrote',
  ),
  settings: textOption(
    '--settings <file>',
    'a YAML file of settings that differ from the defaults of a named protocol',
  ),
  kind: choiceOption(
    '--kind <kind>',
    'relative: ligands become others by atom mappings; solvation: solutes leave their solvent; auto: what the protocol is for',
    ['auto', 'relative', 'solvation'],
    'auto',
  ),
  plan: optionalTexts(
    '--plan <how...>',
    'which ligands are compared: star, mst (minimal spanning tree, the default), redundant (several of them), edges FILE (CSV or YAML of ligand_a, ligand_b and, if wanted, mapping), graphml FILE (a LigandNetwork)',
  ),
  hub: textOption('--hub <ligand>', 'the center of a star; the best one unless given'),
  trees: integerOption('--trees <integer>', 'how many trees a redundant plan has', {
    default: 2,
    least: 1,
    most: 10,
  }),
  aligned: choiceOption(
    '--aligned <word>',
    'whether the ligands lie on each other, so that distances tell which atom is which: auto looks',
    ['auto', 'yes', 'no'],
    'auto',
  ),
  solventIonConcentration: textOption(
    '--solvent-ion-concentration <quantity>',
    "like '0.15 molar'; that is the default, and 0.0 for solvation protocols",
  ),
  positiveIon: textOption('--positive-ion <ion>', 'of the solvent', { default: 'Na+' }),
  negativeIon: textOption('--negative-ion <ion>', 'of the solvent', { default: 'Cl-' }),
  name: textOption('--name <text>', 'of the network'),
  saveLigandNetwork: textOption(
    '--save-ligand-network <file>',
    'also write ligands and mappings: as GraphML text (.graphml) or as a keyed chain',
  ),
  out: requiredText(
    '-o, --out <file>',
    'where the keyed chain goes; compressed when the name ends in .gz or .zst',
  ),
  ...JSON_OUTPUT,
} as const;

/** Adds `network` with its commands. */
export function addNetworkCommands(program: Command, context: CliContext): void {
  const group = addGroup(program, 'network', 'Subcommands for building and checking networks', [
    'alchemiscale network build --ligands ligands.sdf --protein protein.pdb --protocol RelativeHybridTopologyProtocol -o net.json',
    'alchemiscale network check net.json',
  ]);
  addCommand(group, 'build', context, {
    summary: 'Build a network from files of molecules.',
    description:
      'Pairs of ligands are planned or given, their atoms mapped by maximum common substructure, and each pair becomes a transformation in solvent and, with a protein, one in the complex. For solvation protocols each molecule becomes one transformation.',
    examples: [
      'alchemiscale network build --ligands a.sdf b.mol2 --protein p.pdb --protocol RelativeHybridTopologyProtocol -o net.json',
      'alchemiscale network build --ligands a.sdf --protocol RelativeHybridTopologyProtocol --plan star --hub lig_1 -o net.json.gz',
      'alchemiscale network build --ligands a.sdf --protocol p.json --plan edges pairs.csv -o net.json',
      'alchemiscale network build --ligands solutes.smi --protocol AbsoluteSolvationProtocol -o hydration.json.zst',
    ],
    options: BUILD_OPTIONS,
    run: build,
  });
  addCommand(group, 'check', context, {
    summary: 'Report what would fail or surprise, before a network is sent.',
    description:
      'Exits with 1 when something would fail: systems that do not suit the protocol, missing mappings, transformations to itself. Warns of names that are missing or taken twice, charges that change, mappings that make no sense, parts that are not connected, ligands out of place, keys of another gufe.',
    examples: ['alchemiscale network check net.json', 'alchemiscale network check --json net.json.zst'],
    options: JSON_OUTPUT,
    operands: '<file>',
    run: check,
  });
}

async function build(options: OptionValues<typeof BUILD_OPTIONS>, { out, note }: CliContext): Promise<void> {
  const [{ buildNetwork }, { summaryJson, summaryLines }, { writeWhole }] = await Promise.all([
    import('../network/build.ts'),
    import('../network/summary.ts'),
    import('../gufe-files.ts'),
  ]);
  const { solventIonConcentration, positiveIon, negativeIon, proteinName, ...rest } = options;
  const built = await buildNetwork({
    ...rest,
    proteinName: proteinName ?? '',
    solvent: {
      concentration: solventIonConcentration,
      positiveIon: positiveIon ?? 'Na+',
      negativeIon: negativeIon ?? 'Cl-',
    },
  });
  const { saveLigandNetwork } = options;
  if (saveLigandNetwork !== null) {
    if (built.ligands === null) note('there are no mappings: no ligand network is written');
    else {
      const isText = /\.graphml(\.gz|\.zst)?$/.test(saveLigandNetwork);
      await writeWhole(saveLigandNetwork, isText ? built.ligands.graphml : built.ligands.toJson());
    }
  }
  await writeWhole(options.out, built.network.toJson());
  if (options.json) out(summaryJson(built, options.out));
  else for (const line of summaryLines(built, options.out)) out(line);
}

async function check(
  { json }: OptionValues<typeof JSON_OUTPUT>,
  { out }: CliContext,
  [file = '']: readonly string[],
): Promise<void> {
  const [{ checkNetworkFile }, { nameOf }] = await Promise.all([
    import('../network/check.ts'),
    import('../gufe-files.ts'),
  ]);
  const { network, findings } = await checkNetworkFile(file);
  const errors = findings.filter(({ level }) => level === 'error').length;
  if (json) out(JSON.stringify({ file, key: network.key, ok: errors === 0, findings }, null, 2));
  else {
    for (const { level, code, about, text } of findings)
      out(`${level.padEnd(7)}  ${code}  ${about}: ${text}`);
    const counts = `${counted(errors, 'error')}, ${counted(findings.length - errors, 'warning')}`;
    out(
      `${nameOf(file)}: ${counted(network.edges.length, 'transformation')}, ${findings.length === 0 ? 'nothing to complain about' : counts}`,
    );
  }
  if (errors > 0) throw new ExitError(EXIT_FAILED);
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
