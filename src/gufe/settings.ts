// A settings model: its class by name, and every field. The class is only a name here; nothing is filled in or checked,
// since whatever is written is hashed into the key of the protocol that carries it.
import { CODED, type GufeDict, type GufeDictInput, type GufeValue, toGufeDict } from './values.ts';

/**
 * @example
 * new Settings('HarmonicSettings', 'alchemiscale_ts.protocols.harmonic', { n_repeats: 3n, temperature: new Quantity(300, 'kelvin') })
 */
export class Settings {
  readonly [CODED] = true;
  readonly className: string;
  readonly module: string;
  readonly fields: GufeDict;

  /** `fields` in the order of the model's declaration; the order is not hashed. */
  constructor(className: string, module: string, fields: GufeDictInput) {
    this.className = className;
    this.module = module;
    this.fields = toGufeDict(fields);
  }

  get(name: string): GufeValue | undefined {
    return this.fields.get(name);
  }

  /** A copy with some fields replaced, each in its place. */
  with(fields: GufeDictInput): Settings {
    return new Settings(this.className, this.module, new Map([...this.fields, ...toGufeDict(fields)]));
  }
}
