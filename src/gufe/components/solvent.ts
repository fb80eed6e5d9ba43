// SolventComponent: what a solvent is made of, without coordinates.
import type { JsonObject } from '../../lib/json-value.ts';
import { GufeError } from '../error.ts';
import type { KeyRule } from '../key-rule.ts';
import { readBoolean, readString } from '../read-dict.ts';
import type { GufeClass } from '../registry.ts';
import { GufeTokenizable } from '../tokenizable.ts';
import { spelledByPint } from '../unit-spelling.ts';
import { Quantity } from '../units.ts';
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
  /** A quantity, or its text; kept as gufe writes it, which is hashed: `0.15 M` is `0.15 molar`, but `150 millimolar` stays that. */
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
    this.ionConcentration = concentrationText(options.ionConcentration ?? '0.15 molar');
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

/** The text of the quantity that gufe would have. */
function concentrationText(given: Quantity | string): string {
  const quantity = typeof given === 'string' ? parsedConcentration(given) : given;
  const unit = spelledByPint(quantity.unit);
  if (unit === null || !quantity.isIn('molar') || !(quantity.toNumber() >= 0)) throw notOne(given);
  return String(new Quantity(quantity.magnitude, unit));
}

function parsedConcentration(text: string): Quantity {
  try {
    return Quantity.parse(text);
  } catch (cause) {
    throw cause instanceof GufeError ? notOne(text, cause) : cause;
  }
}

function notOne(given: Quantity | string, cause?: GufeError): GufeError {
  const wanted = 'a number that is not negative, a blank, a unit of concentration';
  return new GufeError(`'${String(given)}' is not an ion concentration: ${wanted}`, { cause });
}

/** gufe makes the solvent anew, so that ions and concentration are spelled its way; of some dicts it makes none. */
const KEY_RULE: KeyRule = {
  defaults: DEFAULTS,
  today(dict) {
    try {
      const fields = new Map([...dict].filter(([name]) => SOLVENT_COMPONENT.entries.includes(name)));
      return SOLVENT_COMPONENT.decode(fields as GufeDict, '').toKeyedDict();
    } catch (cause) {
      if (cause instanceof GufeError) return null;
      throw cause;
    }
  },
};

/** How it is read. */
export const SOLVENT_COMPONENT: GufeClass = {
  qualname: 'SolventComponent',
  module: MODULE,
  entries: ['smiles', 'positive_ion', 'negative_ion', 'ion_concentration', 'neutralize'],
  keyRule: KEY_RULE,
  decode: fields =>
    new SolventComponent({
      smiles: readString(fields, 'smiles'),
      positiveIon: readString(fields, 'positive_ion'),
      negativeIon: readString(fields, 'negative_ion'),
      ionConcentration: readString(fields, 'ion_concentration'),
      neutralize: readBoolean(fields, 'neutralize'),
    }),
};
