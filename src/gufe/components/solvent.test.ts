// Concentrations and ions as gufe 1.12.1 (dev) keeps or refuses them.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { keyedChainEntries } from '../../lib/json-scan.ts';
import { decodeKeyedChain, GufeError, Quantity, SolventComponent } from '../index.ts';
import { type KeyCheck, KeyChecker } from '../key-check.ts';

function checked(chain: string): KeyCheck | undefined {
  const checker = new KeyChecker();
  return [...keyedChainEntries(new TextEncoder().encode(chain))].map(entry => checker.check(entry)).at(-1);
}

const water = new SolventComponent();
const kept = (text: string): string => new SolventComponent({ ionConcentration: text }).ionConcentration;
const chainWith = (concentration: string): string => water.toJson().replace('0.15 molar', concentration);

const WRITTEN: readonly (readonly [given: string, written: string])[] = [
  ['0.15 M', '0.15 molar'],
  ['0.15molar', '0.15 molar'],
  ['.5 molar', '0.5 molar'],
  ['1e-3 molar', '0.001 molar'],
  ['150 mM', '150 millimolar'],
  ['0 molar', '0 molar'],
  ['0.1 mol/L', '0.1 mole / liter'],
  ['1 mole / liter', '1.0 mole / liter'],
  ['0.15 * molar', '0.15 molar'],
  ['molar', '1 molar'],
  [' 0.150  molar ', '0.15 molar'],
  ['2.5e-07 molar', '2.5e-07 molar'],
];
const REFUSED = ['0.15 banana', '0.15 nanometer', '0.15', '-1 molar', '1 / liter', '', 'x'];

describe('ion concentrations', () => {
  test('are spelled as gufe spells them, in objects and in checked keys', () => {
    for (const [given, written] of WRITTEN) {
      assert.equal(kept(given), written);
      assert.equal(kept(written), written);
      const today = new SolventComponent({ ionConcentration: written }).key;
      assert.equal(decodeKeyedChain(chainWith(given)).key, today);
      assert.equal(checked(chainWith(given))?.recomputed, today, given);
    }
    const quantity = new Quantity(150n, 'mM');
    assert.equal(new SolventComponent({ ionConcentration: quantity }).ionConcentration, '150 millimolar');
  });

  test('that gufe refuses are refused', () => {
    for (const text of REFUSED) {
      assert.throws(() => kept(text), {
        name: 'GufeError',
        message: `'${text}' is not an ion concentration: a number that is not negative, a blank, a unit of concentration`,
      });
      assert.throws(() => decodeKeyedChain(chainWith(text)), GufeError);
      const { recomputed, ok, hint } = checked(chainWith(text)) as KeyCheck;
      assert.deepEqual([recomputed, ok, hint], [null, false, 'gufe can make no object of these entries']);
    }
    for (const quantity of [new Quantity(1, 'nanometer'), new Quantity(-1, 'molar'), new Quantity(1, 'x')]) {
      assert.throws(() => new SolventComponent({ ionConcentration: quantity }), GufeError);
    }
  });
});

test('solvents that gufe cannot make have no key', () => {
  const impossible = [
    water.toJson().replace('"Na+"', '"Xx"'),
    `[["${water.key}", {"__qualname__": "SolventComponent", "__module__": "gufe.components.solventcomponent"}]]`,
  ];
  for (const chain of impossible) {
    const { recomputed, ok } = checked(chain) as KeyCheck;
    assert.deepEqual([recomputed, ok], [null, false]);
  }
});

test('ions are spelled with their signs', () => {
  for (const ion of ['na', '+Na+', 'NA']) {
    assert.equal(checked(water.toJson().replace('"Na+"', `"${ion}"`))?.recomputed, water.key);
  }
});
