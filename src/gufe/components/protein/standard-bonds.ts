// Bonds that a structure file leaves out because everybody knows them: those within and between residues known by name, and
// sulfur bridges, which are known by their length.
import { TEMPLATE_BONDS, type TemplateBond } from './residue-templates.ts';
import type { Structure, StructureAtom, StructureChain } from './structure.ts';

type AtomsByName = ReadonlyMap<string, StructureAtom>;

/** Adds the bonds of every residue that has a template, chain by chain, as far as its atoms are there. */
export function addStandardBonds(structure: Structure): void {
  for (const chain of structure.chains) addBondsOf(structure, chain);
}

function addBondsOf(structure: Structure, { residues }: StructureChain): void {
  const named = residues.map(({ atoms }) => new Map(atoms.map(atom => [atom.name, atom] as const)));
  for (const [i, { name }] of residues.entries()) {
    const own: AtomsByName = named[i] ?? new Map();
    const find = (atom: string): StructureAtom | undefined =>
      atom.startsWith('-') && i > 0 ? named[i - 1]?.get(atom.slice(1)) : own.get(atom);
    for (const bond of TEMPLATE_BONDS.get(name) ?? []) {
      const [first, second] = [find(bond.first), find(bond.second)];
      if (first === undefined || second === undefined) continue;
      const order = name === 'HIS' ? histidineOrder(bond, own) : bond.order;
      structure.bonds.push({ first, second, order });
    }
  }
}

/** The double bond of a histidine goes to the nitrogen without hydrogen, if there is just one. */
function histidineOrder({ first, second, order }: TemplateBond, atoms: AtomsByName): 1 | 2 {
  if (first !== 'CE1' && second !== 'CE1') return order;
  const [hasDelta, hasEpsilon] = [atoms.has('HD1'), atoms.has('HE2')];
  if (hasDelta === hasEpsilon) return order;
  if (first === 'ND1' || second === 'ND1') return hasDelta ? 1 : 2;
  return first === 'NE2' || second === 'NE2' ? (hasDelta ? 2 : 1) : order;
}

/** Two sulfur atoms nearer than this are bonded. */
const BRIDGE_NM = 0.3;

/** Bonds each free sulfur of a cysteine without hydrogen to the nearest earlier one that is still free. */
export function addDisulfideBonds(structure: Structure): void {
  const sulfurs = structure.chains.flatMap(({ residues }) =>
    residues
      .filter(({ name, atoms }) => name === 'CYS' && !atoms.some(atom => atom.name === 'HG'))
      .flatMap(({ atoms }) => atoms.find(atom => atom.name === 'SG') ?? []),
  );
  const bonded = new Set<StructureAtom>();
  for (const { first, second } of structure.bonds) {
    if (first.name === 'SG' && second.name === 'SG') bonded.add(first).add(second);
  }
  for (const [i, sulfur] of sulfurs.entries()) {
    let nearest: StructureAtom | null = null;
    let least = BRIDGE_NM;
    for (const other of sulfurs.slice(0, i)) {
      const distance = distanceNm(structure.positionsNm, sulfur.index, other.index);
      if (distance >= least || bonded.has(other)) continue;
      [least, nearest] = [distance, other];
    }
    if (nearest === null) continue;
    structure.bonds.push({ first: sulfur, second: nearest, order: 1 });
    bonded.add(sulfur).add(nearest);
  }
}

function distanceNm(positions: readonly number[], a: number, b: number): number {
  const along = (axis: number): number => (positions[3 * a + axis] ?? 0) - (positions[3 * b + axis] ?? 0);
  const [x, y, z] = [along(0), along(1), along(2)];
  return Math.sqrt(x * x + y * y + z * z);
}
