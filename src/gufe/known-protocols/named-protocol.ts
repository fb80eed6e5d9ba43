// Protocols that can be asked for by name, with their default settings and what a user wants otherwise.
import { SettingsError } from '../settings/settings-error.ts';
import type { Settings } from '../settings.ts';
import type { GufeObject } from '../values.ts';

/** A protocol by its name. */
export interface NamedProtocol {
  /** The name of its class. */
  readonly name: string;
  /** One line for lists and help. */
  readonly summary: string;
  /** The settings that it has when nothing is said. */
  readonly defaults: () => Settings;
  /**
   * The protocol with the defaults and these settings replaced: a plain object as YAML or JSON gives it, nested as the settings
   * are, quantities as text with their unit. Throws SettingsError that names the setting.
   */
  readonly make: (overrides?: unknown) => GufeObject;
}

/** The protocol of that name, however it is capitalized. Throws SettingsError that lists those there are. */
export function findNamedProtocol(protocols: readonly NamedProtocol[], name: string): NamedProtocol {
  const found = protocols.find(protocol => protocol.name.toLowerCase() === name.toLowerCase());
  if (found !== undefined) return found;
  const known = protocols.map(protocol => protocol.name).join(', ');
  throw new SettingsError(`no protocol is called '${name}'; known are ${known}`);
}
