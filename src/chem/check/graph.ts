// A look at a network as a whole: is everything connected, has every pair all its legs, is anything left over.
import { SmallMoleculeComponent } from '../../gufe/components/small-molecule.ts';
import type { AlchemicalNetwork } from '../../gufe/network.ts';
import { type AnyTransformation, Transformation } from '../../gufe/transformation.ts';
import type { GufeObject } from '../../gufe/values.ts';
import { connectedGroups, type Pair } from '../plan/graph.ts';
import { error, type Finding, nameOf, warning } from './finding.ts';
import { differences } from './transformation.ts';

export function checkGraph(network: AlchemicalNetwork): readonly Finding[] {
  const { edges } = network;
  if (edges.length === 0) {
    return [
      error('no-transformations', nameOf(network), 'the network has no transformations: nothing to run'),
    ];
  }
  return [
    ...nameFindings(edges),
    // What leads from a system to itself is a fault of its own, and no leg.
    ...legFindings(
      edges
        .filter(edge => edge instanceof Transformation)
        .filter(edge => edge.stateA.key !== edge.stateB.key),
    ),
    ...loneFindings(network),
  ];
}

function nameFindings(edges: readonly AnyTransformation[]): readonly Finding[] {
  const counts = new Map<string, number>();
  for (const { name } of edges) counts.set(name ?? '', (counts.get(name ?? '') ?? 0) + 1);
  return [...counts].flatMap(([name, count]) => {
    if (name === '') {
      const text = `${count} of ${edges.length} transformations have no name: results are found by key only`;
      return [warning('no-name', 'transformations', text)];
    }
    return count === 1 ? [] : [warning('same-name', name, `${count} transformations are named so`)];
  });
}

/** Transformations whose states share the same labels beside what changes: one leg, such as the complex. */
interface LegEdges {
  readonly labels: string;
  readonly edges: readonly Transformation[];
}

function legFindings(edges: readonly Transformation[]): readonly Finding[] {
  const byLabels = Map.groupBy(edges, labelsOf);
  const legs = [...byLabels].map(([labels, members]): LegEdges => ({ labels, edges: members }));
  return [...legs.flatMap(disconnectedFindings), ...missingLegFindings(legs)];
}

function labelsOf({ stateA, stateB }: Transformation): string {
  const changing = new Set(differences(stateA, stateB).map(({ label }) => label));
  const shared = [...stateA.components.keys()].filter(label => !changing.has(label));
  return shared.length === 0 ? 'nothing else' : shared.join(' and ');
}

function disconnectedFindings({ labels, edges }: LegEdges): readonly Finding[] {
  const systems = [
    ...new Map(edges.flatMap(edge => [edge.stateA, edge.stateB]).map(state => [state.key, state])).values(),
  ];
  const index = new Map(systems.map(({ key }, i) => [key, i]));
  const pairs = edges.map(
    ({ stateA, stateB }): Pair => [index.get(stateA.key) ?? 0, index.get(stateB.key) ?? 0],
  );
  const groups = connectedGroups(systems.length, pairs);
  if (groups.length < 2) return [];
  const named = groups.slice(0, 4).map(group => listed(group.map(i => nameOf(systems[i] ?? { key: '?' }))));
  const text = `${groups.length} parts that no transformation connects, so their free energies cannot be compared: ${named.join('; and ')}${groups.length > 4 ? '; and more' : ''}`;
  return [warning('disconnected', `with ${labels}`, text)];
}

function listed(names: readonly string[]): string {
  return names.length > 6 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');
}

/** Only pairs of molecules have legs: what one solute does in one solvent is complete. */
function missingLegFindings(legs: readonly LegEdges[]): readonly Finding[] {
  if (legs.length < 2) return [];
  const pairsOf = legs.map(({ edges }) => new Map(edges.flatMap(edge => pairOf(edge) ?? [])));
  const all = new Map(pairsOf.flatMap(pairs => [...pairs]));
  return [...all].flatMap(([pair, names]) => {
    const missing = legs.filter((_, i) => !pairsOf[i]?.has(pair)).map(({ labels }) => `with ${labels}`);
    if (missing.length === 0) return [];
    return [warning('leg-missing', names, `the pair does not occur ${missing.join(', nor ')}`)];
  });
}

function pairOf({ stateA, stateB }: Transformation): readonly (readonly [string, string])[] | null {
  const [change, ...more] = differences(stateA, stateB);
  const [a, b] = [moleculeOf(change?.inA), moleculeOf(change?.inB)];
  if (a === null || b === null || more.length > 0) return null;
  return [[[a.key, b.key].sort().join(), `${nameOf(a)} and ${nameOf(b)}`]];
}

function moleculeOf(component: GufeObject | null | undefined): SmallMoleculeComponent | null {
  return component instanceof SmallMoleculeComponent ? component : null;
}

function loneFindings({ nodes, edges }: AlchemicalNetwork): readonly Finding[] {
  const used = new Set(edges.flatMap(({ stateA, stateB }) => [stateA.key, stateB.key]));
  return nodes
    .filter(({ key }) => !used.has(key))
    .map(node => warning('lone-system', nameOf(node), 'no transformation uses this system'));
}
