// SolventComponent: what a solvent is made of, without coordinates.
import type { JsonObject } from '../../lib/json-value.ts';
import { GufeError } from '../error.ts';
import { readBoolean, readString } from '../read-dict.ts';
import type { GufeClass } from '../registry.ts';
import { GufeTokenizable } from '../tokenizable.ts';
import type { Quantity } from '../units.ts';
import { type GufeDict, type GufeObject, toGufeDict } from '../values.ts';

const MODULE = 'gufe.components.solventcomponent';
const POSITIVE_IONS = ['Cs', 'K', 'Li', 'Na', 'Rb'];
const NEGATIVE_IONS = ['Cl', 'Br', 'F', 'I'];

/** What a solvent is made from; everything has gufe's default. */
export interface SolventOptions {
  readonly smiles?: string;
  /** With or without its sign. */
  readonly positiveIon?: string;
  readonly negativeIon?: string;
  readonly neutralize?: boolean;
  /** A quantity, or its text as gufe keeps it; the spelling is hashed: `0.15 molar` and `150 millimolar` differ. */
  readonly ionConcentration?: Quantity | string;
}

/** @example new SolventComponent() // water with 0.15 molar of Na+ and Cl- */
export class SolventComponent extends GufeTokenizable {
  override readonly qualname: string = 'SolventComponent';
  override readonly module: string = MODULE;
  readonly smiles: string;
  readonly positiveIon: string;
  readonly negativeIon: string;
  readonly neutralize: boolean;
  /** A quantity as text. */
  readonly ionConcentration: string;

  constructor(options: SolventOptions = {}) {
    super();
    this.smiles = options.smiles ?? 'O';
    this.positiveIon = `${checkedIon(options.positiveIon ?? 'Na', POSITIVE_IONS)}+`;
    this.negativeIon = `${checkedIon(options.negativeIon ?? 'Cl', NEGATIVE_IONS)}-`;
    this.neutralize = options.neutralize ?? true;
    this.ionConcentration = String(options.ionConcentration ?? '0.15 molar');
    checkConcentration(this.ionConcentration);
  }

  override get defaults(): JsonObject {
    return DEFAULTS;
  }

  override fields(): GufeDict {
    return toGufeDict({
      smiles: this.smiles,
      positive_ion: this.positiveIon,
      negative_ion: this.negativeIon,
      ion_concentration: this.ionConcentration,
      neutralize: this.neutralize,
    });
  }

  protected override remake(fields: GufeDict): GufeObject {
    return SOLVENT_COMPONENT.decode(fields, this.key);
  }
}

// `ion_concentration` is missing on purpose: gufe compares its text with a quantity, so it never equals its default.
const DEFAULTS: JsonObject = new Map<string, string | boolean>([
  ['smiles', 'O'],
  ['positive_ion', 'Na+'],
  ['negative_ion', 'Cl-'],
  ['neutralize', true],
]);

function checkedIon(given: string, known: readonly string[]): string {
  const bare = given.replace(/[+-]+$/, '').replace(/^[+-]+/, '');
  const ion = bare.charAt(0).toUpperCase() + bare.slice(1).toLowerCase();
  if (!known.includes(ion)) throw new GufeError(`'${given}' is not an ion of ${known.join(', ')}`);
  return ion;
}

function checkConcentration(text: string): void {
  const value = Number.parseFloat(text);
  if (!/^[0-9.]/.test(text) || !(value >= 0)) {
    throw new GufeError(
      `'${text}' is not an ion concentration: a number that is not negative, a blank, a unit`,
    );
  }
}

/** How it is read. */
export const SOLVENT_COMPONENT: GufeClass = {
  qualname: 'SolventComponent',
  module: MODULE,
  entries: ['smiles', 'positive_ion', 'negative_ion', 'ion_concentration', 'neutralize'],
  keyRule: { defaults: DEFAULTS },
  decode: fields =>
    new SolventComponent({
      smiles: readString(fields, 'smiles'),
      positiveIon: readString(fields, 'positive_ion'),
      negativeIon: readString(fields, 'negative_ion'),
      ionConcentration: readString(fields, 'ion_concentration'),
      neutralize: readBoolean(fields, 'neutralize'),
    }),
};
