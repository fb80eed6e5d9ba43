// ChemicalSystem: components by label, and a name.
import type { JsonObject } from '../lib/json-value.ts';
import { compareCodePoints } from '../lib/json-write.ts';
import { readDict, readStringOrNull, wrong } from './read-dict.ts';
import type { GufeClass } from './registry.ts';
import { GufeTokenizable } from './tokenizable.ts';
import { type GufeDict, type GufeObject, isTokenizable } from './values.ts';

const MODULE = 'gufe.chemicalsystem';
const DEFAULTS: JsonObject = new Map([['name', '']]);

/** Components by label; ones of classes unknown here are fine. */
export type Components = ReadonlyMap<string, GufeObject> | { readonly [label: string]: GufeObject };

/** @example new ChemicalSystem({ solute, solvent: new SolventComponent() }, 'methane in water') */
export class ChemicalSystem extends GufeTokenizable {
  override readonly qualname: string = 'ChemicalSystem';
  override readonly module: string = MODULE;
  /** In order of label. */
  readonly components: ReadonlyMap<string, GufeObject>;
  readonly name: string | null;

  constructor(components: Components, name: string | null = '') {
    super();
    const entries = components instanceof Map ? [...components] : Object.entries(components);
    this.components = new Map(entries.sort(([a], [b]) => compareCodePoints(a, b)));
    this.name = name;
  }

  override get defaults(): JsonObject {
    return DEFAULTS;
  }

  override fields(): GufeDict {
    return new Map<string, GufeDict | string | null>([
      ['components', this.components],
      ['name', this.name],
    ]);
  }

  protected override remake(fields: GufeDict): GufeObject {
    return CHEMICAL_SYSTEM.decode(fields, this.key);
  }
}

/** How it is read. */
export const CHEMICAL_SYSTEM: GufeClass = {
  qualname: 'ChemicalSystem',
  module: MODULE,
  entries: ['components', 'name'],
  keyRule: { defaults: DEFAULTS },
  decode(fields) {
    const components = new Map<string, GufeObject>();
    for (const [label, component] of readDict(fields, 'components')) {
      if (!isTokenizable(component)) return wrong(component, `components.${label}`, 'a component');
      components.set(label, component);
    }
    return new ChemicalSystem(components, fields.has('name') ? readStringOrNull(fields, 'name') : '');
  },
};
