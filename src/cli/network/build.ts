// `alchemiscale network build`: from files to a network that can be submitted, and what there is to say about it.
import {
  countHeavy,
  heavyCount,
  type Plan,
  type ProtocolKind,
  planLigandNetwork,
  protocolKind,
  replaceMolecules,
} from '../../chem/index.ts';
import { SmallMoleculeComponent } from '../../gufe/components/small-molecule.ts';
import { GufeError } from '../../gufe/error.ts';
import { type Leg, networkOfLegs, solvationNetwork } from '../../gufe/legs.ts';
import type { LigandNetwork } from '../../gufe/ligand-network.ts';
import type { LigandAtomMapping } from '../../gufe/mapping.ts';
import type { AlchemicalNetwork } from '../../gufe/network.ts';
import { Protocol } from '../../gufe/protocol/protocol.ts';
import { Transformation } from '../../gufe/transformation.ts';
import type { GufeObject } from '../../gufe/values.ts';
import { MisuseError } from '../errors.ts';
import {
  makeSolvent,
  readEdges,
  readLigandNetwork,
  readLigands,
  readProtein,
  readProtocol,
  type SolventChoice,
} from './inputs.ts';

export interface BuildOptions {
  readonly ligands: readonly string[];
  readonly protein: string | null;
  readonly proteinName: string;
  readonly cofactors: readonly string[];
  readonly protocol: string;
  readonly settings: string | null;
  readonly kind: 'auto' | ProtocolKind;
  /** The words of `--plan`: `star`, `mst`, `redundant`, or `edges` or `graphml` and a file. */
  readonly plan: readonly string[];
  readonly hub: string | null;
  readonly trees: number;
  readonly aligned: 'auto' | 'yes' | 'no';
  readonly solvent: SolventChoice;
  readonly name: string | null;
}

/** What was built. */
export interface BuiltNetwork {
  readonly network: AlchemicalNetwork;
  readonly kind: ProtocolKind;
  readonly protocol: GufeObject;
  readonly legs: readonly string[];
  /** Null where no mappings are needed. */
  readonly ligands: LigandNetwork | null;
  /** Whether the ligands lie on each other; null where that was not asked. */
  readonly aligned: boolean | null;
  readonly edges: readonly EdgeFacts[];
  /** Sentences about what may surprise. */
  readonly notes: readonly string[];
}

/** One edge between two ligands, for people. */
export interface EdgeFacts {
  readonly a: string;
  readonly b: string;
  readonly mappedHeavyAtoms: number;
  readonly heavyAtomsA: number;
  readonly heavyAtomsB: number;
  readonly score: number | null;
  readonly chargeChange: number;
}

/** Builds it; throws a GufeError or MisuseError that says what cannot be done. */
export async function buildNetwork(options: BuildOptions): Promise<BuiltNetwork> {
  const protocol = await readProtocol(options.protocol, options.settings);
  const kind = options.kind === 'auto' ? kindOf(protocol) : options.kind;
  const built =
    kind === 'solvation' ? await buildSolvation(options, protocol) : await buildRelative(options, protocol);
  for (const edge of built.network.edges) if (edge instanceof Transformation) validate(edge);
  return built;
}

function kindOf(protocol: GufeObject): ProtocolKind {
  const kind = protocolKind(protocol);
  if (kind !== null) return kind;
  throw new MisuseError(
    `What ${protocol.qualname} computes is not known here: say '--kind relative' (ligands become others by atom mappings) or '--kind solvation' (solutes leave their solvent).`,
  );
}

/** Asks the protocol itself, where its code is here: better now than on a compute service. */
function validate({ name, protocol, stateA, stateB, mapping }: Transformation): void {
  if (!(protocol instanceof Protocol)) return;
  try {
    protocol.validate({ stateA, stateB, mapping, extends: null });
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    throw new GufeError(`${protocol.qualname} cannot run '${name}': ${cause.message}`, { cause });
  }
}

async function buildSolvation(options: BuildOptions, protocol: GufeObject): Promise<BuiltNetwork> {
  const { plan, protein, cofactors, hub } = options;
  if (plan.length > 0 || protein !== null || cofactors.length > 0 || hub !== null) {
    throw new MisuseError(
      `${protocol.qualname} takes solutes one by one: '--plan', '--hub', '--protein' and '--cofactors' have no use with it.`,
    );
  }
  const solutes = await readLigands(ligandFiles(options));
  checkDistinct(solutes);
  const solvent = makeSolvent(options.solvent, '0.0');
  const network = solvationNetwork({ solutes, solvent, protocol, name: options.name });
  return {
    network,
    kind: 'solvation',
    protocol,
    legs: ['solvent'],
    ligands: null,
    aligned: null,
    edges: [],
    notes: [],
  };
}

function ligandFiles({ ligands }: BuildOptions): readonly string[] {
  if (ligands.length === 0) throw new MisuseError("Missing option '--ligands'.");
  return ligands;
}

function checkDistinct(molecules: readonly SmallMoleculeComponent[]): void {
  const names = new Set<string>();
  for (const [i, { name }] of molecules.entries()) {
    if (name === '') throw new GufeError(`molecule ${i + 1} has no name: results are told apart by names`);
    if (names.has(name)) throw new GufeError(`two molecules are named '${name}'`);
    names.add(name);
  }
}

async function buildRelative(options: BuildOptions, protocol: GufeObject): Promise<BuiltNetwork> {
  const { ligands, aligned, notes } = await planLigands(options);
  const solvent = makeSolvent(options.solvent, '0.15');
  const legs: Leg[] = [{ name: 'solvent', components: { solvent } }];
  if (options.protein !== null) {
    const protein = await readProtein(options.protein, options.proteinName);
    const cofactors = await readLigands(options.cofactors);
    const others = Object.fromEntries(cofactors.map((cofactor, i) => [`cofactor${i + 1}`, cofactor]));
    legs.push({ name: 'complex', components: { ...others, protein, solvent } });
  } else if (options.cofactors.length > 0 || options.proteinName !== '') {
    throw new MisuseError("'--cofactors' and '--protein-name' go with '--protein'.");
  }
  const network = networkOfLegs(ligands, {
    legs,
    protocol,
    transformationName: (a, b, leg) => `rbfe_${a}_${b}_${leg}`,
    name: options.name,
  });
  const edges = ligands.edges.map(edgeFacts);
  return {
    network,
    kind: 'relative',
    protocol,
    legs: legs.map(({ name }) => name),
    ligands,
    aligned,
    edges,
    notes: [
      ...notes,
      ...leftOut(ligands),
      ...(ligands.isConnected
        ? []
        : ['the ligands are not all connected: free energies of separate parts cannot be compared']),
    ],
  };
}

/** An edge list may name fewer ligands than the files have. */
function leftOut({ nodes, edges }: LigandNetwork): readonly string[] {
  const used = new Set(edges.flatMap(({ componentA, componentB }) => [componentA.key, componentB.key]));
  const names = nodes.filter(({ key }) => !used.has(key)).map(({ name }) => name || 'unnamed');
  if (names.length === 0) return [];
  return [`left out, since no edge names them: ${names.join(', ')}`];
}

interface Planned {
  readonly ligands: LigandNetwork;
  readonly aligned: boolean | null;
  readonly notes: readonly string[];
}

async function planLigands(options: BuildOptions): Promise<Planned> {
  const [how = 'mst', file] = options.plan;
  if (how === 'graphml') return await givenNetwork(options, planFile(options.plan));
  const molecules = await readLigands(ligandFiles(options));
  const plan = await readPlan(options, how, file);
  const aligned = options.aligned === 'auto' ? {} : { aligned: options.aligned === 'yes' };
  const planned = await planLigandNetwork(molecules, { plan, ...aligned });
  const cut = planned.canceled.map(edge => edgeFacts(edge)).map(({ a, b }) => `'${a}' to '${b}'`);
  const notes =
    cut.length === 0
      ? []
      : [
          `the search for the mapping took too long and was cut off, another run may find another one: ${cut.join(', ')}`,
        ];
  return { ligands: planned.network, aligned: planned.aligned, notes };
}

const PLANS = "'--plan' is star, mst, redundant, edges FILE or graphml FILE";

function planFile([how, file, ...more]: readonly string[]): string {
  if (file === undefined || more.length > 0) throw new MisuseError(`${PLANS}; '${how}' takes one file.`);
  return file;
}

async function readPlan(options: BuildOptions, how: string, file: string | undefined): Promise<Plan> {
  if (how !== 'star' && options.hub !== null) throw new MisuseError("'--hub' goes with '--plan star'.");
  if (how === 'edges') return { kind: 'edges', edges: await readEdges(planFile(options.plan)) };
  if (file !== undefined) throw new MisuseError(`${PLANS}; '${how}' takes no file.`);
  switch (how) {
    case 'star':
      return { kind: 'star', hub: options.hub };
    case 'mst':
      return { kind: 'mst' };
    case 'redundant':
      return { kind: 'redundant', trees: options.trees };
    default:
      throw new MisuseError(`${PLANS}, not '${how}'.`);
  }
}

async function givenNetwork(options: BuildOptions, path: string): Promise<Planned> {
  if (options.hub !== null) throw new MisuseError("'--hub' goes with '--plan star'.");
  const given = await readLigandNetwork(path);
  if (given.edges.length === 0) throw new GufeError(`${path}: the network has no edges`);
  if (options.ligands.length === 0) {
    checkDistinct(given.nodes);
    return { ligands: given, aligned: null, notes: [] };
  }
  const molecules = await readLigands(options.ligands);
  checkDistinct(molecules);
  const ligands = await replaceMolecules(given, molecules);
  const used = new Set(ligands.nodes.map(({ name }) => name));
  const left = molecules.filter(({ name }) => !used.has(name)).map(({ name }) => `'${name}'`);
  const notes =
    left.length === 0 ? [] : [`${path} does not have these ligands, which are left out: ${left.join(', ')}`];
  return { ligands, aligned: null, notes };
}

function edgeFacts({ componentA: a, componentB: b, atoms, annotations }: LigandAtomMapping): EdgeFacts {
  if (!(a instanceof SmallMoleculeComponent && b instanceof SmallMoleculeComponent)) {
    throw new GufeError(`${a.key} and ${b.key} are not both small molecules`);
  }
  const score = annotations.get('score');
  return {
    a: a.name,
    b: b.name,
    mappedHeavyAtoms: countHeavy(a, b, atoms).mapped,
    heavyAtomsA: heavyCount(a),
    heavyAtomsB: heavyCount(b),
    score: typeof score === 'number' ? score : null,
    chargeChange: b.totalCharge - a.totalCharge,
  };
}
