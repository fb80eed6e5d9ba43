// Options as data: a flag, the variable that stands in for it, how its text is read, its default. Commander splits the
// command line and prints help; what a value is, and from where, is decided here: flag, variable, default.
import { type Command, Option } from 'commander';
import type { Environment } from './env.ts';
import { MisuseError } from './errors.ts';

export interface OptionSpec<T> {
  /** As commander takes it: `-i, --identifier <text>`. The attribute is the long name in camel case. */
  readonly flags: string;
  readonly help: string;
  readonly env?: string;
  /** Reads the text of a flag or variable; throws a MisuseError that begins where `named` ends. */
  readonly read: (text: string, named: string) => T;
  readonly default: T;
  readonly required?: boolean;
  readonly repeatable?: boolean;
  /** Left out of the help: for this program's own use. */
  readonly hidden?: boolean;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec<unknown>>>;
export type OptionValues<S extends OptionSpecs> = {
  readonly [K in keyof S]: S[K] extends OptionSpec<infer T> ? T : never;
};

interface Extras<T> {
  readonly env?: string;
  readonly default?: T;
}

/** Text, or null when it is not given. */
export function textOption(
  flags: string,
  help: string,
  extras: Extras<string> = {},
): OptionSpec<string | null> {
  return { flags, help, ...extras, read: text => text, default: extras.default ?? null };
}

/** Text that must be given. */
export function requiredText(flags: string, help: string): OptionSpec<string> {
  return { flags, help, read: text => text, default: '', required: true };
}

/** One or more texts; the flag is repeated. */
export function requiredTexts(flags: string, help: string): OptionSpec<readonly string[]> {
  return { flags, help, read: text => [text], default: [], required: true, repeatable: true };
}

/** Any number of texts; with flags like `<file...>` also several after one flag. */
export function optionalTexts(flags: string, help: string): OptionSpec<readonly string[]> {
  return { flags, help, read: text => [text], default: [], repeatable: true };
}

/** True when the flag stands there. */
export function switchOption(flags: string, help: string): OptionSpec<boolean> {
  return { flags, help, read: () => true, default: false };
}

/** A whole number between two bounds. */
export function integerOption(
  flags: string,
  help: string,
  extras: { readonly env?: string; readonly default: number; readonly least: number; readonly most?: number },
): OptionSpec<number> {
  const { least, most = Number.MAX_SAFE_INTEGER, ...rest } = extras;
  const read = (text: string, named: string): number => {
    if (!/^[+-]?\d+$/.test(text)) throw new MisuseError(`${named}: '${text}' is not a valid integer.`);
    const value = Number(text);
    if (value < least || value > most) {
      const range = extras.most === undefined ? `x>=${least}` : `${least}<=x<=${most}`;
      throw new MisuseError(`${named}: ${text} is not in the range ${range}.`);
    }
    return value;
  };
  return { flags, help, ...rest, read };
}

/** One of a few words, in any case. */
export function choiceOption<T extends string>(
  flags: string,
  help: string,
  choices: readonly T[],
  fallback: T,
): OptionSpec<T> {
  const read = (text: string, named: string): T => {
    const found = choices.find(choice => choice === text.toLowerCase());
    if (found !== undefined) return found;
    throw new MisuseError(
      `${named}: '${text}' is not one of ${choices.map(word => `'${word}'`).join(', ')}.`,
    );
  };
  return { flags, help, read, default: fallback };
}

/** One of a few words, which must be given. */
export function requiredChoice<T extends string>(
  flags: string,
  help: string,
  choices: readonly [T, ...(readonly T[])],
): OptionSpec<T> {
  return { ...choiceOption(flags, help, choices, choices[0]), required: true };
}

/** Makes the options known to commander, which then splits the command line and lists them in its help. */
export function addOptions(command: Command, specs: OptionSpecs): Command {
  for (const spec of Object.values(specs)) {
    const notes = [
      ...(spec.env === undefined ? [] : [`env var: ${spec.env}`]),
      ...(spec.required === true ? ['required'] : []),
      ...(isShown(spec.default) && spec.required !== true ? [`default: ${String(spec.default)}`] : []),
    ];
    const option = new Option(
      spec.flags,
      notes.length === 0 ? spec.help : `${spec.help} [${notes.join('; ')}]`,
    );
    if (spec.hidden === true) option.hideHelp();
    if (spec.repeatable === true) {
      option.argParser((text: string, before: readonly string[] | undefined) => [...(before ?? []), text]);
    }
    command.addOption(option);
  }
  return command;
}

function isShown(value: unknown): boolean {
  return value !== null && value !== false && value !== '' && !(Array.isArray(value) && value.length === 0);
}

/** The value of each option: of the flag if given, else of the variable if set, else the default. */
export function resolveOptions<S extends OptionSpecs>(
  specs: S,
  given: Readonly<Record<string, unknown>>,
  env: Environment,
): OptionValues<S> {
  const values = Object.entries(specs).map(([name, spec]) => [name, resolve(spec, given[name], env)]);
  return Object.fromEntries(values) as OptionValues<S>;
}

function resolve(spec: OptionSpec<unknown>, given: unknown, env: Environment): unknown {
  const named = `Invalid value for ${names(spec)}`;
  if (Array.isArray(given)) return given.flatMap(text => spec.read(String(text), named));
  if (given !== undefined) return spec.read(String(given), named);
  const variable = spec.env === undefined ? undefined : env.get(spec.env);
  if (variable !== undefined) return spec.read(variable, `${named} (env var: '${spec.env}')`);
  if (spec.required === true) throw new MisuseError(`Missing option ${names(spec)}.`);
  return spec.default;
}

/** `'--identifier' / '-i'` */
function names(spec: OptionSpec<unknown>): string {
  const { long, short } = new Option(spec.flags);
  return [long, short].flatMap(name => (name ? [`'${name}'`] : [])).join(' / ');
}
