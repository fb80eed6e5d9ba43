// Data items that give a property of every atom or bond: `atom.dprop.PartialCharge` and its kin. RDKit's supplier hands their
// values to the atoms (bonds), gufe then checks the partial charges; both enter the key.

import { GufeError } from '../gufe/error.ts';
import type { PropertyValue } from './pickle-read.ts';
import { parseDouble, parseInt32 } from './text-value.ts';

type PropertySink = { readonly properties: Map<string, PropertyValue> };

const LIST_NAME = /^(atom|bond)\.(prop|iprop|dprop|bprop)\.(.+)$/s;
const NO_VALUE = 'n/a';

/**
 * Hands a list's values to the atoms or bonds. As in RDKit a list of another length and values that cannot be read are
 * left out; `[marker]` in front names what stands for no value.
 */
export function applyPropertyList(
  name: string,
  text: string,
  atoms: readonly PropertySink[],
  bonds: readonly PropertySink[],
): void {
  const match = LIST_NAME.exec(name);
  if (match === null) return;
  const [, kind, type = '', property = ''] = match;
  const items = kind === 'atom' ? atoms : bonds;
  // As boost::split does: blanks at either end give an empty token.
  let tokens = text.split(/[ \t\n]+/);
  let noValue = NO_VALUE;
  const marker = /^\[(.*)\]$/s.exec(tokens[0] ?? '');
  if (tokens.length === items.length + 1 && marker !== null) {
    noValue = marker[1] ?? '';
    tokens = tokens.slice(1);
  }
  if (tokens.length !== items.length) return;
  for (const [i, item] of items.entries()) {
    const token = tokens[i] ?? '';
    const value = token === noValue ? null : readToken(type, token);
    if (value !== null) item.properties.set(property, value);
  }
}

function readToken(type: string, token: string): PropertyValue | null {
  if (type === 'prop') return { type: 'string', value: token };
  if (type === 'bprop')
    return /^[+-]?0*[01]$/.test(token) ? { type: 'bool', value: token.endsWith('1') } : null;
  const value = type === 'iprop' ? parseInt32(token) : parseDouble(token);
  return value === null ? null : { type: type === 'iprop' ? 'int' : 'double', value };
}

const CHARGES = 'atom.dprop.PartialCharge';
const CHARGE = 'PartialCharge';

/** gufe's check: as many charges as atoms, their sum within 0.01 of the formal charge; atoms without one get theirs. */
export function checkPartialCharges(
  items: ReadonlyMap<string, string>,
  atoms: readonly (PropertySink & { readonly charge: number })[],
): void {
  const text = items.get(CHARGES);
  if (text === undefined) return;
  const charges = text.trim() === '' ? [] : text.trim().split(/\s+/).map(readCharge);
  if (charges.length !== atoms.length) {
    throw new GufeError(`${charges.length} partial charges for ${atoms.length} atoms`);
  }
  const sum = charges.reduce((total, charge) => total + charge, 0);
  const formal = atoms.reduce((total, atom) => total + atom.charge, 0);
  // Written so that NaN, too, is refused only where gufe refuses it: never.
  if (Math.abs(sum - formal) > 0.01) {
    throw new GufeError(`the partial charges sum to ${sum}, the formal charge is ${formal}`);
  }
  for (const [i, atom] of atoms.entries()) {
    const charge = charges[i] ?? 0;
    const own = atom.properties.get(CHARGE);
    if (own === undefined) atom.properties.set(CHARGE, { type: 'double', value: charge });
    else if (typeof own.value !== 'number' || !isClose(own.value, charge)) {
      throw new GufeError(
        `atom ${i + 1} has partial charge ${String(own.value)}, its molecule says ${charge}`,
      );
    }
  }
}

function readCharge(token: string): number {
  const charge = parseDouble(token);
  if (charge === null) throw new GufeError(`'${token}' is not a partial charge`);
  return charge;
}

/** numpy's isclose. */
function isClose(a: number, b: number): boolean {
  return a === b || Math.abs(a - b) <= 1e-8 + 1e-5 * Math.abs(b);
}
