// What is wrong with a setting.
import { GufeError } from '../error.ts';

/** A setting that its model refuses; `path` says which: `simulation_settings.n_replicas`. */
export class SettingsError extends GufeError {
  override readonly name: string = 'SettingsError';
}

/** Throws: the setting is not what it must be. */
export function refuseSetting(path: string, message: string): never {
  throw new SettingsError(path === '' ? message : `'${path}' ${message}`, { path });
}

/** A value as an error shows it. */
export function shownValue(value: unknown): string {
  if (typeof value === 'string') return `'${value.slice(0, 60)}'`;
  if (Array.isArray(value)) return 'a list';
  if (typeof value !== 'object' || value === null) return String(value);
  const made: unknown = value.constructor;
  return made === Object || made === undefined || value instanceof Map
    ? 'a mapping'
    : String(value).slice(0, 60);
}
