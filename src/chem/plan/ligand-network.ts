// From molecules to a LigandNetwork: which pairs are compared is planned or given, the atoms of each pair are mapped.
import type { SmallMoleculeComponent } from '../../gufe/components/small-molecule.ts';
import { GufeError } from '../../gufe/error.ts';
import { LigandNetwork } from '../../gufe/ligand-network.ts';
import { LigandAtomMapping } from '../../gufe/mapping.ts';
import { areAligned } from '../mapping/aligned.ts';
import { type AtomPairs, mappingFaults } from '../mapping/faults.ts';
import { prepareShape } from '../mapping/ligand.ts';
import { mappingScore } from '../mapping/score.ts';
import { canonicalSmiles } from '../molecule.ts';
import { loadRdkit, type Rdkit } from '../rdkit.ts';
import { type Comparison, compareMolecules, type MappedPair } from './compare.ts';
import {
  allPairs,
  bestHub,
  connectedGroups,
  type Pair,
  redundantTrees,
  type ScoredPair,
  spanningTree,
} from './graph.ts';

/** A pair given by names, with its mapping where that is given too. */
export interface GivenEdge {
  readonly a: string;
  readonly b: string;
  readonly pairs: AtomPairs | null;
  /** Where it stands, for errors: `edges.csv, line 3`. */
  readonly where: string;
}

/** Which pairs: a star around the named hub or the best one, a minimal spanning tree, several of them in one, or given ones. */
export type Plan =
  | { readonly kind: 'star'; readonly hub: string | null }
  | { readonly kind: 'mst' }
  | { readonly kind: 'redundant'; readonly trees: number }
  | { readonly kind: 'edges'; readonly edges: readonly GivenEdge[] };

export interface PlanOptions {
  readonly plan: Plan;
  /** Whether the molecules lie on each other; found out from their coordinates unless given. */
  readonly aligned?: boolean;
}

export interface PlannedNetwork {
  readonly network: LigandNetwork;
  readonly aligned: boolean;
  /** Edges whose search for a mapping ran out of time: another run may find another mapping. */
  readonly canceled: readonly LigandAtomMapping[];
}

/**
 * A network of these molecules, which need names of their own. Throws a GufeError where the plan cannot be carried out: too
 * few molecules, names that are missing or taken twice, pairs that have nothing in common.
 */
export async function planLigandNetwork(
  molecules: readonly SmallMoleculeComponent[],
  options: PlanOptions,
): Promise<PlannedNetwork> {
  checkNames(molecules);
  const rdkit = await loadRdkit();
  const aligned = options.aligned ?? areAligned(molecules);
  using comparison = compareMolecules(rdkit, molecules, { aligned });
  const mapped =
    options.plan.kind === 'edges'
      ? givenPairs(rdkit, molecules, options.plan.edges, comparison)
      : plannedPairs(molecules, options.plan, comparison);
  const edges = mapped.map(found => ({ found, edge: toEdge(molecules, found) }));
  const network = await toLigandNetwork(
    edges.map(({ edge }) => edge),
    molecules,
  );
  return { network, aligned, canceled: edges.filter(({ found }) => found.canceled).map(({ edge }) => edge) };
}

/** A LigandNetwork with its molecules in gufe's order. */
export async function toLigandNetwork(
  edges: readonly LigandAtomMapping[],
  nodes: readonly SmallMoleculeComponent[],
): Promise<LigandNetwork> {
  const smiles = new Map<string, string>();
  for (const molecule of nodes) smiles.set(molecule.key, await canonicalSmiles(molecule));
  return new LigandNetwork({ edges, nodes, smilesOf: ({ key }) => smiles.get(key) ?? '' });
}

function checkNames(molecules: readonly SmallMoleculeComponent[]): void {
  const seen = new Map<string, number>();
  for (const [i, { name }] of molecules.entries()) {
    if (name === '')
      throw new GufeError(`molecule ${i + 1} has no name: systems and results are named after it`);
    const before = seen.get(name);
    if (before !== undefined)
      throw new GufeError(`molecules ${before + 1} and ${i + 1} are both named '${name}'`);
    seen.set(name, i);
  }
}

function plannedPairs(
  molecules: readonly SmallMoleculeComponent[],
  plan: Exclude<Plan, { readonly kind: 'edges' }>,
  comparison: Comparison,
): readonly MappedPair[] {
  if (molecules.length < 2) throw new GufeError('a network needs two molecules at least');
  if (plan.kind === 'star' && plan.hub !== null) {
    return starPairs(molecules, indexOf(molecules, plan.hub), comparison);
  }
  const scored = allPairs(molecules.length).map(pair => ({ pair, score: comparison.likeness(pair) }));
  if (plan.kind === 'star') return starPairs(molecules, bestHub(molecules.length, scored), comparison);
  return treePairs(molecules, plan.kind === 'mst' ? 1 : plan.trees, comparison, scored);
}

function starPairs(
  molecules: readonly SmallMoleculeComponent[],
  hub: number,
  comparison: Comparison,
): readonly MappedPair[] {
  const spokes = molecules.map((_, i) => i).filter(i => i !== hub);
  const pairs = spokes.map(i => comparison.map([hub, i]));
  const missing = pairs.filter(({ score }) => score === 0).map(({ pair }) => `'${molecules[pair[1]]?.name}'`);
  if (missing.length > 0) {
    throw new GufeError(
      `the hub '${molecules[hub]?.name}' has nothing in common with ${missing.join(', ')}: choose another hub or plan`,
    );
  }
  return pairs;
}

function treePairs(
  molecules: readonly SmallMoleculeComponent[],
  trees: number,
  comparison: Comparison,
  scored: readonly ScoredPair[],
): readonly MappedPair[] {
  const { count } = comparison;
  const mapped = new Map<string, MappedPair>();
  let usable = scored;
  for (;;) {
    const pairs = trees === 1 ? spanningTree(count, usable) : redundantTrees(count, usable, trees);
    checkConnected(molecules, pairs);
    for (const pair of pairs) mapped.set(String(pair), mapped.get(String(pair)) ?? comparison.map(pair));
    const found = pairs.flatMap(pair => mapped.get(String(pair)) ?? []);
    const useless = new Set(found.filter(({ score }) => score === 0).map(({ pair }) => String(pair)));
    if (useless.size === 0) return found;
    // Alike, but without a mapping: planned anew without them.
    usable = usable.filter(({ pair }) => !useless.has(String(pair)));
  }
}

function checkConnected(molecules: readonly SmallMoleculeComponent[], pairs: readonly Pair[]): void {
  const groups = connectedGroups(molecules.length, pairs);
  if (groups.length < 2) return;
  const named = groups.slice(0, 5).map(group => group.map(i => `'${molecules[i]?.name}'`).join(', '));
  throw new GufeError(
    `no mapping connects these molecules: ${named.join('; and ')}${groups.length > 5 ? '; and more' : ''}. ` +
      'Plan them apart, or give the edges',
  );
}

function indexOf(molecules: readonly SmallMoleculeComponent[], name: string, where = ''): number {
  const index = molecules.findIndex(molecule => molecule.name === name);
  if (index !== -1) return index;
  const known = molecules.slice(0, 10).map(molecule => `'${molecule.name}'`);
  const more = molecules.length > known.length ? ', …' : '';
  throw new GufeError(`${where}no molecule is named '${name}'; there are ${known.join(', ')}${more}`);
}

function givenPairs(
  rdkit: Rdkit,
  molecules: readonly SmallMoleculeComponent[],
  edges: readonly GivenEdge[],
  comparison: Comparison,
): readonly MappedPair[] {
  if (edges.length === 0) throw new GufeError('no edges are given');
  const seen = new Map<string, string>();
  return edges.map(({ a, b, pairs, where }) => {
    const pair: Pair = [indexOf(molecules, a, `${where}: `), indexOf(molecules, b, `${where}: `)];
    if (pair[0] === pair[1]) throw new GufeError(`${where}: an edge from '${a}' to itself`);
    const name = pair.toSorted((x, y) => x - y).join();
    const before = seen.get(name);
    if (before !== undefined)
      throw new GufeError(`${where}: '${a}' and '${b}' are already joined (${before})`);
    seen.set(name, where);
    const found = pairs === null ? comparison.map(pair) : checkGiven(rdkit, molecules, pair, pairs, where);
    if (found.score > 0) return found;
    throw new GufeError(`${where}: '${a}' and '${b}' have nothing in common that could be mapped`);
  });
}

/** A mapping that somebody made may go beyond what is made here; but its atoms must be there, each once. */
function checkGiven(
  rdkit: Rdkit,
  molecules: readonly SmallMoleculeComponent[],
  pair: Pair,
  pairs: AtomPairs,
  where: string,
): MappedPair {
  const [a, b] = pair.map(i => molecules[i]) as [SmallMoleculeComponent, SmallMoleculeComponent];
  const faults = mappingFaults(prepareShape(rdkit, a), prepareShape(rdkit, b), pairs);
  const fatal = faults.find(({ kind }) => kind === 'no such atom' || kind === 'mapped twice');
  if (fatal !== undefined) throw new GufeError(`${where}: ${fatal.text}`);
  return { pair, pairs, score: mappingScore(a, b, pairs), canceled: false };
}

function toEdge(
  molecules: readonly SmallMoleculeComponent[],
  { pair, pairs, score }: MappedPair,
): LigandAtomMapping {
  const [componentA, componentB] = pair.map(i => molecules[i]) as [
    SmallMoleculeComponent,
    SmallMoleculeComponent,
  ];
  return new LigandAtomMapping({ componentA, componentB, atoms: pairs, annotations: { score } });
}
