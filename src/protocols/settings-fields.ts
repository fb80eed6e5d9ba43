// Reading a protocol's settings: they come from users and from Python as named values of any type, and a protocol wants
// numbers it can trust. Every refusal names the setting.
import { GufeError } from '../gufe/error.ts';
import { readInteger, readQuantity, readString } from '../gufe/read-dict.ts';
import type { Settings } from '../gufe/settings.ts';
import { ProtocolValidationError } from './validation-error.ts';

export class SettingsReader {
  readonly #settings: Settings;

  /** Throws unless the settings are of that class and module and have exactly those fields, as the Python model demands. */
  constructor(settings: Settings, className: string, module: string, names: readonly string[]) {
    if (settings.className !== className || settings.module !== module) {
      throw new ProtocolValidationError(
        `expected ${module}.${className}, got ${settings.module}.${settings.className}`,
      );
    }
    const strange = [...settings.fields.keys()].find(name => !names.includes(name));
    if (strange !== undefined) throw new ProtocolValidationError(`${className} has no setting '${strange}'`);
    this.#settings = settings;
  }

  /** An integer of at least `least`. */
  integer(name: string, least: number): number {
    const value = this.#read(() => readInteger(this.#settings.fields, name));
    if (value < least)
      throw new ProtocolValidationError(`'${name}' must be at least ${least}; it is ${value}`);
    return value;
  }

  integerOrNull(name: string): number | null {
    return this.#settings.get(name) === null ? null : this.integer(name, Number.MIN_SAFE_INTEGER);
  }

  /** A quantity as a number in `unit`, above 0, or from 0 if `zeroAllowed`. */
  quantity(name: string, unit: string, zeroAllowed = false): number {
    const value = this.#read(() => readQuantity(this.#settings.fields, name).valueIn(unit));
    if (!(Number.isFinite(value) && (value > 0 || (zeroAllowed && value === 0)))) {
      throw new ProtocolValidationError(`'${name}' must be positive and finite; it is ${value} ${unit}`);
    }
    return value;
  }

  /** A list of numbers. */
  numbers(name: string): readonly number[] {
    const value = this.#settings.get(name);
    if (
      Array.isArray(value) &&
      value.every(member => typeof member === 'number' || typeof member === 'bigint')
    ) {
      return value.map(Number);
    }
    throw new ProtocolValidationError(`'${name}' must be a list of numbers`);
  }

  boolean(name: string): boolean {
    const value = this.#settings.get(name);
    if (typeof value === 'boolean') return value;
    throw new ProtocolValidationError(`'${name}' must be true or false`);
  }

  /** One of a closed set of words. */
  oneOf<const T extends string>(name: string, words: readonly T[]): T {
    const value = this.#read(() => readString(this.#settings.fields, name));
    const word = words.find(known => known === value);
    if (word === undefined) {
      throw new ProtocolValidationError(`'${name}' must be one of ${words.join(', ')}; it is '${value}'`);
    }
    return word;
  }

  #read<T>(read: () => T): T {
    try {
      return read();
    } catch (cause) {
      if (!(cause instanceof GufeError)) throw cause;
      throw new ProtocolValidationError(`${this.#settings.className}: ${cause.message}`, { cause });
    }
  }
}
