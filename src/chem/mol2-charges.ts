// Formal charges of a MOL2 file, which has no column for them: they follow from SYBYL's types and from the bonds, since all
// hydrogens are there. The rules give what RDKit's reader gives: charged groups whose bonds are all "aromatic" get definite
// bonds first, then every atom's bonds are held against its element's valence.

import type { Mol2Molecule } from './mol2-file.ts';

/** A bond with an order: 1, 2, 3, or 1.5 where it is aromatic. */
export interface OrderedBond {
  readonly begin: number;
  readonly end: number;
  readonly order: number;
}

/** A molecule with definite bonds and charges. */
export interface ChargedMolecule {
  readonly bonds: readonly OrderedBond[];
  readonly charges: readonly number[];
}

/** Usual valences, the smallest first. Elements that are not here get no charge. */
const VALENCES: Readonly<Record<string, readonly number[]>> = {
  H: [1],
  Li: [1],
  Na: [1],
  K: [1],
  Mg: [2],
  Ca: [2],
  B: [3],
  Al: [3],
  Si: [4],
  N: [3],
  P: [3, 5, 7],
  As: [3, 5, 7],
  O: [2],
  S: [2, 4, 6],
  Se: [2, 4, 6],
  F: [1],
  Cl: [1],
  Br: [1],
  I: [1, 3, 5],
};

/** Elements with fewer than four outer electrons lose what they do not bind. */
const ELECTROPOSITIVE: ReadonlySet<string> = new Set(['H', 'Li', 'Na', 'K', 'Mg', 'Ca', 'B', 'Al']);

export const BOND_ORDERS: Readonly<Record<string, number>> = { 1: 1, 2: 2, 3: 3, am: 1, ar: 1.5 };

/** The molecule's bonds and charges. Bond types are those of BOND_ORDERS. */
export function assignCharges(molecule: Mol2Molecule): ChargedMolecule {
  const graph = new Graph(molecule);
  if (molecule.charges !== null) {
    for (const [atom, charge] of molecule.charges) graph.charges[atom] = charge;
    return graph;
  }
  for (const atom of molecule.atoms.keys()) {
    if (graph.settled.has(atom)) continue;
    switch (graph.typeOf(atom)) {
      case 'N.4':
        graph.charges[atom] = 1;
        break;
      case 'O.co2':
        settleOxygen(graph, atom);
        break;
      case 'C.cat':
        settleCation(graph, atom);
        break;
    }
  }
  for (const atom of molecule.atoms.keys()) chargeByValence(graph, atom);
  return graph;
}

interface Neighbor {
  readonly atom: number;
  readonly bond: { begin: number; end: number; order: number };
}

class Graph implements ChargedMolecule {
  readonly bonds: { begin: number; end: number; order: number }[];
  readonly charges: number[];
  /** Atoms whose bonds a rule has set. */
  readonly settled = new Set<number>();
  /** Atoms with an aromatic bond in the file, less those of groups that a rule has set. */
  readonly aromatic: Set<number>;
  readonly #molecule: Mol2Molecule;
  readonly #neighbors: readonly Neighbor[][];

  constructor(molecule: Mol2Molecule) {
    this.#molecule = molecule;
    this.charges = molecule.atoms.map(() => 0);
    this.bonds = molecule.bonds.map(({ begin, end, type }) => ({
      begin,
      end,
      order: BOND_ORDERS[type] ?? 1,
    }));
    this.aromatic = new Set(
      this.bonds.filter(({ order }) => order === 1.5).flatMap(({ begin, end }) => [begin, end]),
    );
    const neighbors = molecule.atoms.map((): Neighbor[] => []);
    for (const bond of this.bonds) {
      neighbors[bond.begin]?.push({ atom: bond.end, bond });
      neighbors[bond.end]?.push({ atom: bond.begin, bond });
    }
    this.#neighbors = neighbors;
  }

  typeOf(atom: number): string {
    return this.#molecule.atoms[atom]?.type ?? '';
  }

  elementOf(atom: number): string {
    return this.typeOf(atom).split('.')[0] ?? '';
  }

  neighborsOf(atom: number): readonly Neighbor[] {
    return this.#neighbors[atom] ?? [];
  }

  settle(atom: number): void {
    this.settled.add(atom);
    this.aromatic.delete(atom);
  }
}

/** Carboxylates and sulfonates: the first oxygen takes the charge. Phosphates: the first takes the double bond. */
function settleOxygen(graph: Graph, oxygen: number): void {
  const [center] = graph.neighborsOf(oxygen);
  if (center === undefined) return;
  const isFirst = !graph.settled.has(center.atom);
  const isPhosphate = graph.typeOf(center.atom) === 'P.3';
  const isCharged = isFirst !== isPhosphate;
  center.bond.order = isCharged ? 1 : 2;
  if (isCharged) graph.charges[oxygen] = -1;
  graph.settle(oxygen);
  graph.settle(center.atom);
}

/** Guanidinium and amidinium: one nitrogen takes the double bond and the charge. */
function settleCation(graph: Graph, carbon: number): void {
  const nitrogens = graph.neighborsOf(carbon).filter(({ atom }) => graph.elementOf(atom) === 'N');
  const open = nitrogens.length === 2 ? nitrogens : nitrogens.filter(({ atom }) => !graph.settled.has(atom));
  const chosen = nitrogens.length === 2 ? chooseOfTwo(graph, nitrogens) : chooseOfThree(graph, open);
  for (const { atom, bond } of nitrogens) {
    bond.order = 1;
    graph.settle(atom);
  }
  graph.settle(carbon);
  if (chosen === undefined) return;
  chosen.bond.order = 2;
  graph.charges[chosen.atom] = 1;
}

/** The one with fewest heavy neighbors, a second charged carbon counting twice. */
function chooseOfThree(graph: Graph, nitrogens: readonly Neighbor[]): Neighbor | undefined {
  const weight = ({ atom }: Neighbor): number =>
    graph
      .neighborsOf(atom)
      .filter(next => graph.elementOf(next.atom) !== 'H')
      .reduce((sum, next) => sum + (graph.typeOf(next.atom) === 'C.cat' ? 2 : 1), 0);
  const least = Math.min(...nitrogens.map(weight));
  return nitrogens.find(nitrogen => weight(nitrogen) === least);
}

/** The one with an oxygen of its own, else with more hydrogens, else the one in a ring, else the second. */
function chooseOfTwo(graph: Graph, nitrogens: readonly Neighbor[]): Neighbor | undefined {
  const [first, second] = nitrogens;
  if (first === undefined || second === undefined) return first;
  const hasOxygen = ({ atom }: Neighbor): boolean =>
    graph
      .neighborsOf(atom)
      .some(next => graph.elementOf(next.atom) === 'O' && graph.neighborsOf(next.atom).length === 1);
  const hydrogens = ({ atom }: Neighbor): number =>
    graph.neighborsOf(atom).filter(next => graph.elementOf(next.atom) === 'H').length;
  if (hasOxygen(second)) return second;
  if (hasOxygen(first)) return first;
  if (hydrogens(first) !== hydrogens(second)) return hydrogens(first) > hydrogens(second) ? first : second;
  return isInRing(graph, first.atom) && !isInRing(graph, second.atom) ? first : second;
}

function chargeByValence(graph: Graph, atom: number): void {
  const element = graph.elementOf(atom);
  const valences = VALENCES[element];
  if (element === 'C' || valences === undefined || graph.charges[atom] !== 0) return;
  const neighbors = graph.neighborsOf(atom);
  const aromaticBonds = neighbors.filter(({ bond }) => bond.order === 1.5).length;
  const isTypedAromatic = graph.typeOf(atom).includes('ar');
  // Pyrrole's nitrogen and its kin are N.pl3 with two aromatic bonds; that is no charge.
  if (graph.aromatic.has(atom) && !isTypedAromatic && isInRing(graph, atom, 5)) return;
  if (aromaticBonds === 3 && graph.typeOf(atom) === 'N.ar') return;
  const bound = Math.round(neighbors.reduce((sum, { bond }) => sum + bond.order, 0) + 0.1);
  const charge = ELECTROPOSITIVE.has(element) ? (valences[0] ?? 0) - bound : excessOver(valences, bound);
  graph.charges[atom] = graph.aromatic.has(atom) ? Math.sign(charge) : charge;
  if (element === 'N' && charge === 2 && bound === 5) settleNitro(graph, atom);
}

/** What is bound beyond the first valence; beyond a larger one where that leaves a charge below 2. */
function excessOver(valences: readonly number[], bound: number): number {
  const excess = bound - (valences[0] ?? 0);
  if (excess <= 0) return excess;
  const fitting = valences.find(valence => valence <= bound && bound - valence < 2);
  return bound - (fitting ?? valences.at(-1) ?? 0);
}

/** A nitro group written with two double bonds. */
function settleNitro(graph: Graph, nitrogen: number): void {
  const oxygens = graph
    .neighborsOf(nitrogen)
    .filter(({ atom, bond }) => graph.elementOf(atom) === 'O' && bond.order === 2);
  const last = oxygens.at(-1);
  if (oxygens.length !== 2 || last === undefined) return;
  last.bond.order = 1;
  graph.charges[nitrogen] = 1;
  graph.charges[last.atom] = -1;
}

/** Whether a ring goes through the atom: of any size, or of the size given. */
function isInRing(graph: Graph, start: number, size: number | null = null): boolean {
  const walk = (atom: number, path: readonly number[]): boolean =>
    graph.neighborsOf(atom).some(({ atom: next }) => {
      if (next === start && path.length > 2 && (size === null || path.length === size)) return true;
      return path.length < (size ?? MAX_RING) && !path.includes(next) && walk(next, [...path, next]);
    });
  return walk(start, [start]);
}

/** Rings that are looked for when any will do; larger ones do not decide between two nitrogens. */
const MAX_RING = 8;
