// From ligands and mappings to what is submitted: each edge of a LigandNetwork becomes one transformation a leg, such as the
// solvent leg and the complex leg of a relative binding free energy; each solute one transformation out of its solvent.
import { ChemicalSystem, type Components } from './chemical-system.ts';
import type { SmallMoleculeComponent } from './components/small-molecule.ts';
import { SolventComponent } from './components/solvent.ts';
import { GufeError } from './error.ts';
import type { LigandNetwork } from './ligand-network.ts';
import { AlchemicalNetwork } from './network.ts';
import { Transformation } from './transformation.ts';
import type { GufeObject } from './values.ts';

/** Surroundings in which ligands are changed: what both states hold beside the ligand, by label. */
export interface Leg {
  readonly name: string;
  readonly components: Components;
}

/** How a ligand network becomes an alchemical one. */
export interface LegsOptions {
  readonly legs: readonly Leg[];
  readonly protocol: GufeObject;
  /** The label of the molecule that changes; `ligand` unless given. */
  readonly label?: string;
  /** The name of a transformation, from its systems' names and the leg's; gufe's way unless given. */
  readonly transformationName?: (nameA: string, nameB: string, leg: string) => string;
  /** Of the network; null, as in gufe, unless given. */
  readonly name?: string | null;
}

/** One transformation for each edge and leg. Systems are named `<ligand>_<leg>`. */
export function networkOfLegs(ligands: LigandNetwork, options: LegsOptions): AlchemicalNetwork {
  const { legs, protocol, label = 'ligand', transformationName = gufeName(DEFAULT_PREFIX) } = options;
  const molecules = new Map(ligands.nodes.map(molecule => [molecule.key, molecule]));
  const systems = new Map<string, ChemicalSystem>();
  const systemOf = (ligand: SmallMoleculeComponent, leg: Leg): ChemicalSystem => {
    const place = `${leg.name} ${ligand.key}`;
    const known = systems.get(place) ?? makeSystem(ligand, label, leg);
    systems.set(place, known);
    return known;
  };
  const edges = ligands.edges.flatMap(mapping => {
    const [a, b] = [molecules.get(mapping.componentA.key), molecules.get(mapping.componentB.key)];
    if (a === undefined || b === undefined) throw new GufeError(`${mapping.key}: its molecules are no nodes`);
    return legs.map(leg => {
      const [stateA, stateB] = [systemOf(a, leg), systemOf(b, leg)];
      const name = transformationName(a.name, b.name, leg.name);
      return new Transformation({ stateA, stateB, protocol, mapping, name });
    });
  });
  return new AlchemicalNetwork({ edges, name: options.name ?? null });
}

function makeSystem(ligand: SmallMoleculeComponent, label: string, leg: Leg): ChemicalSystem {
  const others = leg.components instanceof Map ? [...leg.components] : Object.entries(leg.components);
  return new ChemicalSystem(new Map([...others, [label, ligand]]), `${ligand.name}_${leg.name}`);
}

const DEFAULT_PREFIX = 'easy_rbfe';

/** The name that gufe gives a transformation: `easy_rbfe_a_solvent_b_solvent`. */
function gufeName(prefix: string): (nameA: string, nameB: string, leg: string) => string {
  return (nameA, nameB, leg) => [prefix, nameA, leg, nameB, leg].filter(part => part !== '').join('_');
}

/** What a network of relative binding free energies is made from. */
export interface RbfeOptions {
  readonly solvent: GufeObject;
  readonly protein: GufeObject;
  readonly protocol: GufeObject;
  /** Beside ligand, solvent and protein in the complex: cofactors, by label. */
  readonly others?: Readonly<Record<string, GufeObject>>;
  /** Before the names of transformations; may be empty. */
  readonly prefix?: string;
}

/**
 * A solvent leg and a complex leg for each edge, with the names, and so the key, of gufe's
 * `LigandNetwork.to_rbfe_alchemical_network`.
 */
export function rbfeNetwork(ligands: LigandNetwork, options: RbfeOptions): AlchemicalNetwork {
  const { solvent, protein, protocol, others = {}, prefix = DEFAULT_PREFIX } = options;
  return networkOfLegs(ligands, {
    legs: [
      { name: 'solvent', components: { solvent } },
      { name: 'complex', components: { ...others, protein, solvent } },
    ],
    protocol,
    transformationName: gufeName(prefix),
  });
}

/** What a network of solvation free energies is made from. */
export interface SolvationOptions {
  readonly solutes: readonly SmallMoleculeComponent[];
  readonly solvent: GufeObject;
  readonly protocol: GufeObject;
  /** The name of a transformation, from its solute's; `ahfe_<solute>` unless given. */
  readonly transformationName?: (solute: string) => string;
  /** Of the network; null unless given. */
  readonly name?: string | null;
}

/** One transformation a solute, from it in its solvent to the solvent alone: a star around the solvent. */
export function solvationNetwork(options: SolvationOptions): AlchemicalNetwork {
  const { solutes, solvent, protocol, transformationName = name => `ahfe_${name}` } = options;
  const surroundings = solvent instanceof SolventComponent && solvent.smiles === 'O' ? 'water' : 'solvent';
  const stateB = new ChemicalSystem({ solvent }, 'solvent');
  const edges = solutes.map(solute => {
    const stateA = new ChemicalSystem({ solute, solvent }, `${solute.name}_${surroundings}`);
    return new Transformation({ stateA, stateB, protocol, name: transformationName(solute.name) });
  });
  return new AlchemicalNetwork({ edges, name: options.name ?? null });
}
