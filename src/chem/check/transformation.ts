// A look at one transformation: do its states differ as the protocol expects, is its mapping of these molecules and sane.
import type { ChemicalSystem } from '../../gufe/chemical-system.ts';
import { SmallMoleculeComponent } from '../../gufe/components/small-molecule.ts';
import { SolventComponent } from '../../gufe/components/solvent.ts';
import { LigandAtomMapping } from '../../gufe/mapping.ts';
import { Protocol } from '../../gufe/protocol/protocol.ts';
import type { Transformation } from '../../gufe/transformation.ts';
import type { GufeObject } from '../../gufe/values.ts';
import { mappingFaults } from '../mapping/faults.ts';
import type { LigandShape } from '../mapping/ligand.ts';
import { protocolKind } from '../plan/protocol-kind.ts';
import { error, type Finding, nameOf, warning } from './finding.ts';

/** The rings and bonds of a molecule, or null where RDKit does not take it (which is a finding of its own). */
export type ShapeOf = (molecule: SmallMoleculeComponent) => LigandShape | null;

export function checkTransformation(edge: Transformation, shapeOf: ShapeOf): readonly Finding[] {
  const about = nameOf(edge);
  if (edge.stateA.equals(edge.stateB)) {
    const text = `both states are '${nameOf(edge.stateA)}': alchemiscale refuses networks with such a transformation`;
    return [error('self-transformation', about, text)];
  }
  return [
    ...stateFindings(edge),
    ...mappingFindings(edge, shapeOf),
    ...chargeFindings(edge),
    ...protocolFindings(edge),
  ];
}

/** A label whose component is not the same in both states; null where a state has none. */
interface Difference {
  readonly label: string;
  readonly inA: GufeObject | null;
  readonly inB: GufeObject | null;
}

export function differences(stateA: ChemicalSystem, stateB: ChemicalSystem): readonly Difference[] {
  const labels = new Set([...stateA.components.keys(), ...stateB.components.keys()]);
  return [...labels].flatMap(label => {
    const [inA, inB] = [stateA.components.get(label) ?? null, stateB.components.get(label) ?? null];
    return inA?.key === inB?.key ? [] : [{ label, inA, inB }];
  });
}

function stateFindings(edge: Transformation): readonly Finding[] {
  const about = nameOf(edge);
  const found = differences(edge.stateA, edge.stateB);
  const named = found.map(({ label }) => `'${label}'`).join(', ');
  switch (protocolKind(edge.protocol)) {
    case 'relative': {
      const [change, ...more] = found;
      const isChange =
        change?.inA instanceof SmallMoleculeComponent && change.inB instanceof SmallMoleculeComponent;
      if (isChange && more.length === 0) return [];
      const text = `${edge.protocol.qualname} changes one small molecule into another; these states differ in ${named}`;
      return [error('states-differ', about, text)];
    }
    case 'solvation':
      return solvationFindings(edge, found, named);
    case null: {
      const others = found.filter(({ inA, inB }) => !isMoleculeOrNone(inA) || !isMoleculeOrNone(inB));
      // Where no molecule changes at all it is not for this check to say what should.
      if (others.length === 0 || others.length === found.length) return [];
      const text = `the states differ in ${others.map(({ label }) => `'${label}'`).join(', ')}, not only in small molecules`;
      return [warning('states-differ', about, text)];
    }
  }
}

function isMoleculeOrNone(component: GufeObject | null): boolean {
  return component === null || component instanceof SmallMoleculeComponent;
}

function solvationFindings(
  edge: Transformation,
  found: readonly Difference[],
  named: string,
): readonly Finding[] {
  const [solute, ...more] = found;
  const isSolute = solute?.inA instanceof SmallMoleculeComponent && solute.inB === null && more.length === 0;
  const hasSolvent = [...edge.stateB.components.values()].some(
    component => component instanceof SolventComponent,
  );
  if (isSolute && hasSolvent) return [];
  const text = `${edge.protocol.qualname} takes one small molecule out of its solvent: state A holds both, state B the solvent; here they differ in ${named || 'nothing'}`;
  return [error('states-differ', nameOf(edge), text)];
}

function mappingFindings(edge: Transformation, shapeOf: ShapeOf): readonly Finding[] {
  const about = nameOf(edge);
  const { mapping } = edge;
  const mappings = mapping === null ? [] : Array.isArray(mapping) ? mapping : [mapping as GufeObject];
  if (mappings.length === 0 && protocolKind(edge.protocol) === 'relative') {
    return [error('no-mapping', about, `${edge.protocol.qualname} needs an atom mapping and there is none`)];
  }
  return mappings
    .filter(one => one instanceof LigandAtomMapping)
    .flatMap(one => oneMappingFindings(edge, one, shapeOf));
}

function oneMappingFindings(
  edge: Transformation,
  mapping: LigandAtomMapping,
  shapeOf: ShapeOf,
): readonly Finding[] {
  const about = nameOf(edge);
  const { componentA, componentB } = mapping;
  const isIn = (component: GufeObject, state: ChemicalSystem): boolean =>
    [...state.components.values()].some(other => other.equals(component));
  for (const [component, state, which] of [
    [componentA, edge.stateA, 'A'],
    [componentB, edge.stateB, 'B'],
  ] as const) {
    if (isIn(component, state)) continue;
    const text = `the mapping is of ${nameOf(component)}, which is not in state ${which} ('${nameOf(state)}')`;
    return [error('wrong-mapping', about, text)];
  }
  if (!(componentA instanceof SmallMoleculeComponent && componentB instanceof SmallMoleculeComponent))
    return [];
  const [a, b] = [shapeOf(componentA), shapeOf(componentB)];
  if (a === null || b === null) return [];
  if (mapping.atoms.size === 0) return [error('wrong-mapping', about, 'the mapping is empty')];
  return mappingFaults(a, b, mapping.atoms).map(({ kind, text }) =>
    kind === 'no such atom' || kind === 'mapped twice'
      ? error('wrong-mapping', about, text)
      : warning('insane-mapping', about, text),
  );
}

/** Only molecules have a charge that is known; a solvent is neutral or makes everything so. */
function chargeFindings(edge: Transformation): readonly Finding[] {
  // A solute that leaves takes its charge with it: the protocol deals with the two ends of it.
  if (protocolKind(edge.protocol) === 'solvation') return [];
  const chargeOf = (state: ChemicalSystem): number =>
    [...state.components.values()].reduce(
      (sum, component) => sum + (component instanceof SmallMoleculeComponent ? component.totalCharge : 0),
      0,
    );
  const [a, b] = [chargeOf(edge.stateA), chargeOf(edge.stateB)];
  if (a === b) return [];
  const text = `the net charge of the small molecules changes from ${signed(a)} to ${signed(b)}: such free energies need corrections or counter-ions, and converge slowly`;
  return [warning('charge-changes', nameOf(edge), text)];
}

function signed(charge: number): string {
  return charge > 0 ? `+${charge}` : String(charge);
}

/** What the protocol itself says, where its code is here. */
function protocolFindings({
  key,
  name,
  protocol,
  stateA,
  stateB,
  mapping,
}: Transformation): readonly Finding[] {
  if (!(protocol instanceof Protocol)) return [];
  try {
    protocol.validate({ stateA, stateB, mapping, extends: null });
    return [];
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    return [error('protocol-refuses', nameOf({ key, name }), `${protocol.qualname}: ${cause.message}`)];
  }
}
