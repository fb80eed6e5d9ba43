// A settings model: which fields a settings class of Python has, of what kinds, with which defaults. A Settings value only
// carries fields; a model makes one, checks one, and replaces fields in one. What it gives is what Python's class would hold
// given the same, so that protocols have the same keys.

import { NdArray } from '../numpy.ts';
import { Settings } from '../settings.ts';
import { Quantity } from '../units.ts';
import type { GufeDict, GufeInput, GufeValue } from '../values.ts';
import type { FieldKind } from './field-kinds.ts';
import { refuseSetting, shownValue } from './settings-error.ts';

/** One field: its name, its kind, and its default as a user would give it; undefined for a field that has none. */
export type SettingsField = readonly [name: string, kind: FieldKind, fallback?: unknown];

/** What a model is made from. */
export interface SettingsModelOptions {
  /** The Python class and the module that defines it: both are hashed. */
  readonly className: string;
  readonly module: string;
  /** In the order of the Python class, base classes first. */
  readonly fields: readonly SettingsField[];
  /** What is wrong with fields that are right one by one; null for nothing. */
  readonly check?: (fields: GufeDict) => string | null;
}

/** @example THERMO_SETTINGS.make({ temperature: '298.15 kelvin', pressure: '1 atm' }) */
export class SettingsModel implements FieldKind {
  readonly className: string;
  readonly module: string;
  readonly #fields: ReadonlyMap<string, SettingsField>;
  readonly #check: (fields: GufeDict) => string | null;

  constructor({ className, module, fields, check }: SettingsModelOptions) {
    this.className = className;
    this.module = module;
    this.#fields = new Map(fields.map(field => [field[0], field] as const));
    this.#check = check ?? (() => null);
  }

  /** The names of the fields, in order. */
  get fieldNames(): readonly string[] {
    return [...this.#fields.keys()];
  }

  /**
   * Settings with these fields (a plain object, a Map, or what YAML or JSON gave); the others have their defaults. Nested models
   * are given as nested objects. Throws SettingsError for fields that are unknown, missing, or not what they must be.
   */
  make(values: unknown = {}): Settings {
    return this.#build(values, '', null);
  }

  /** Settings with some fields replaced, nested ones field by field: `{ simulation_settings: { n_replicas: 12 } }`. */
  update(settings: Settings, values: unknown): Settings {
    this.#checkClass(settings, '');
    return this.#build(values, '', settings.fields);
  }

  /** As the kind of a field in another model. */
  read(value: unknown, path: string, current: GufeValue | undefined): GufeValue {
    if (value instanceof Settings) this.#checkClass(value, path);
    const values = value instanceof Settings ? value.fields : value;
    const base = current instanceof Settings && !(value instanceof Settings) ? current.fields : null;
    return this.#build(values, path, base);
  }

  #checkClass({ className, module }: Settings, path: string): void {
    if (className === this.className && module === this.module) return;
    refuseSetting(path, `must be ${this.module}.${this.className}, not ${module}.${className}`.trimStart());
  }

  #build(values: unknown, path: string, base: GufeDict | null): Settings {
    const given = entriesOf(values, path);
    const under = (name: string): string => (path === '' ? name : `${path}.${name}`);
    for (const name of given.keys()) {
      if (this.#fields.has(name)) continue;
      const known = this.fieldNames.join(', ');
      refuseSetting(under(name), `is not a setting of ${this.className}, which has ${known}`);
    }
    const fields = new Map<string, GufeInput>();
    for (const [name, kind, fallback] of this.#fields.values()) {
      const current = base?.get(name);
      const value = given.has(name) ? given.get(name) : current === undefined ? fallback : current;
      if (value === undefined)
        refuseSetting(under(name), `must be given: ${this.className} has no default for it`);
      fields.set(name, kind.read(value, under(name), current) as GufeInput);
    }
    const settings = new Settings(this.className, this.module, fields);
    const fault = this.#check(settings.fields);
    if (fault !== null)
      refuseSetting(path, path === '' ? `${this.className}: ${fault}` : `is wrong: ${fault}`);
    return settings;
  }
}

function entriesOf(values: unknown, path: string): ReadonlyMap<string, unknown> {
  if (values instanceof Map) return values;
  const prototype: unknown =
    typeof values === 'object' && values !== null ? Object.getPrototypeOf(values) : undefined;
  if (prototype === Object.prototype || prototype === null) {
    return new Map(
      Object.entries(values as Record<string, unknown>).filter(([, value]) => value !== undefined),
    );
  }
  return refuseSetting(path, `must be a mapping of settings; it is ${shownValue(values)}`);
}

/** Settings as a plain object that YAML or JSON can hold and a model reads again: quantities as text, nested models as objects. */
export function plainSettings(settings: Settings): { readonly [name: string]: unknown } {
  return Object.fromEntries([...settings.fields].map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(value: GufeValue): unknown {
  if (value instanceof Settings) return plainSettings(value);
  if (value instanceof Quantity) return plainQuantity(value);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (Array.isArray(value)) return value.map(plainValue);
  return value;
}

function plainQuantity(quantity: Quantity): unknown {
  const { magnitude, unit } = quantity;
  if (!(magnitude instanceof NdArray)) return String(quantity);
  const values = [...magnitude.toNumbers()];
  const [, width] = magnitude.shape;
  const rows =
    width === undefined
      ? values
      : values.flatMap((_, i) => (i % width === 0 ? [values.slice(i, i + width)] : []));
  return { val: rows, unit };
}
