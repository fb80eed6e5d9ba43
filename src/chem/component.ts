// From what RDKit knows of a molecule to gufe's component: the rows that gufe's own `_to_dict` reads off RDKit's molecule.

import { SmallMoleculeComponent } from '../gufe/components/small-molecule.ts';
import { writeNpy } from '../gufe/serialization/npy.ts';
import type { GufeDict, GufeValue } from '../gufe/values.ts';
import type { PickledAtom, PickledBond, PropertyValue } from './pickle-read.ts';
import { valueOfText } from './text-value.ts';

/** What a component is made of. */
export interface MoleculeParts {
  readonly atoms: readonly PickledAtom[];
  readonly bonds: readonly PickledBond[];
  readonly coordinates: Float64Array;
  /** Texts by name, as an SD file gives them; they become numbers where RDKit makes them numbers. */
  readonly items: ReadonlyMap<string, string>;
  /** Stands in `ofe-name`. */
  readonly name: string;
  /** Read from a V3000 molfile, which gives properties in another order. */
  readonly isV3000?: boolean;
}

/** The component. Its name is kept as text in the items and turned into a number where it reads as one, as gufe does. */
export function toComponent(parts: MoleculeParts): SmallMoleculeComponent {
  const texts = new Map(parts.items).set('ofe-name', parts.name);
  const molprops = new Map<string, GufeValue>();
  for (const [name, text] of texts) if (!isPrivate(name)) molprops.set(name, valueOfText(text));
  return SmallMoleculeComponent.fromFields(
    new Map<string, GufeValue>([
      ['atoms', parts.atoms.map(atom => atomRow(atom, parts.isV3000 === true))],
      ['bonds', parts.bonds.map(bondRow)],
      ['conformer', [writeNpy(parts.coordinates), new Map()]],
      ['molprops', molprops],
    ]),
  );
}

function atomRow(atom: PickledAtom, mapNumberFirst: boolean): GufeValue {
  return [
    BigInt(atom.atomicNumber),
    BigInt(atom.isotope),
    BigInt(atom.charge),
    atom.aromatic,
    BigInt(atom.chirality),
    BigInt(mapNumberOf(atom)),
    toDict(inFileOrder(atom.properties, mapNumberFirst)),
    BigInt(atom.hybridization),
  ];
}

/** The order in which RDKit reads them off a V2000 line (V3000: the map number first); the pickle keeps some apart. */
const ATOM_LINE = [
  'molParity',
  'molStereoCare',
  'molTotValence',
  'molRxnRole',
  'molRxnComponent',
  'molAtomMapNumber',
  'molInversionFlag',
  'molRxnExactChange',
];

function inFileOrder(
  properties: ReadonlyMap<string, PropertyValue>,
  mapNumberFirst: boolean,
): ReadonlyMap<string, PropertyValue> {
  const ordered = new Map<string, PropertyValue>();
  for (const name of mapNumberFirst ? ['molAtomMapNumber', ...ATOM_LINE] : ATOM_LINE) {
    const value = properties.get(name);
    if (value !== undefined) ordered.set(name, value);
  }
  for (const [name, value] of properties) ordered.set(name, value);
  return ordered;
}

/** A list of properties may set it after the file's atom line did. */
function mapNumberOf({ properties }: PickledAtom): number {
  const value = properties.get('molAtomMapNumber');
  return value?.type === 'int' ? value.value : 0;
}

function bondRow(bond: PickledBond): GufeValue {
  const codes = [bond.begin, bond.end, bond.type, bond.stereo];
  return [...codes.map(BigInt), toDict(bond.properties)];
}

function toDict(properties: ReadonlyMap<string, PropertyValue>): GufeDict {
  const dict = new Map<string, GufeValue>();
  for (const [name, value] of properties) if (!isPrivate(name)) dict.set(name, toValue(value));
  return dict;
}

/** gufe leaves out what RDKit calls private. */
function isPrivate(name: string): boolean {
  return name.startsWith('_');
}

function toValue(property: PropertyValue): GufeValue {
  switch (property.type) {
    case 'int':
      return BigInt(property.value);
    case 'string':
      return valueOfText(property.value);
    case 'ints':
      return property.value.map(BigInt);
    default:
      return property.value;
  }
}
