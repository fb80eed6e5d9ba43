// One shape for all commands: options as data, examples first in the help, a `run` that gets complete values. Commander's
// complaints are turned into MisuseErrors in the original's words, each with the command that shows more.
import type { Command, CommanderError } from 'commander';
import type { Environment } from './env.ts';
import { ExitError, MisuseError } from './errors.ts';
import { addOptions, type OptionSpecs, type OptionValues, resolveOptions } from './options.ts';

/** What a command may touch of its surroundings. */
export interface CliContext {
  readonly env: Environment;
  /** Writes a line of the answer: stdout. */
  readonly out: (line: string) => void;
  /** Writes a line beside the answer: stderr. */
  readonly note: (line: string) => void;
}

export interface CommandSpec<S extends OptionSpecs> {
  readonly summary: string;
  /** More than the summary says. */
  readonly description?: string;
  readonly examples: readonly string[];
  readonly options: S;
  /** What stands without a flag, as commander takes it: `<file>`, or `<file...>` for one or more. None if left out. */
  readonly operands?: string;
  readonly run: (options: OptionValues<S>, context: CliContext, operands: readonly string[]) => Promise<void>;
}

/** Adds a command that does something. */
export function addCommand<S extends OptionSpecs>(
  parent: Command,
  name: string,
  context: CliContext,
  spec: CommandSpec<S>,
): void {
  const command = addOptions(speakPlainly(parent.command(name)), spec.options)
    .summary(spec.summary)
    .description(spec.description === undefined ? spec.summary : `${spec.summary} ${spec.description}`);
  if (spec.operands !== undefined) command.argument(spec.operands);
  showExamples(command, spec.examples);
  command.action(async () => {
    try {
      await spec.run(resolveOptions(spec.options, command.opts(), context.env), context, command.args);
    } catch (error) {
      throw error instanceof MisuseError ? new MisuseError(withHint(error.message, command)) : error;
    }
  });
}

/** Adds a command that only has commands below it. */
export function addGroup(
  parent: Command,
  name: string,
  summary: string,
  examples: readonly string[],
): Command {
  const group = speakPlainly(parent.command(name)).description(summary).helpCommand(false);
  showExamples(group, examples);
  return group;
}

/** Prints examples before everything else that `--help` says. */
export function showExamples(command: Command, examples: readonly string[]): void {
  command.addHelpText('before', `Examples:\n${examples.map(line => `  ${line}`).join('\n')}\n`);
}

/** Makes a command throw what this program reports, where commander would print and exit. */
export function speakPlainly(command: Command): Command {
  return command.configureOutput({ outputError: () => undefined }).exitOverride(error => {
    throw translated(error, command);
  });
}

function translated(error: CommanderError, command: Command): Error {
  // Help or the version was asked for, or, with exit code 1, a group was named without a command: help was printed.
  if (error.code === 'commander.helpDisplayed' || error.code === 'commander.version') return new ExitError(0);
  if (error.code === 'commander.help') return new ExitError(error.exitCode === 0 ? 0 : 2);
  return new MisuseError(withHint(longerNames(error, command) ?? inOriginalWords(error), command));
}

/** For `--port` where there are `--user-port` and `--compute-port`. Commander, which goes by letters, would say `--host`. */
function longerNames({ code, message }: CommanderError, command: Command): string | null {
  const [, unknown] = /^error: unknown option '(--[a-z-]+)/.exec(message) ?? [];
  if (code !== 'commander.unknownOption' || unknown === undefined) return null;
  const names = command.options.flatMap(({ long }) =>
    long?.endsWith(unknown.slice(1)) === true ? [long] : [],
  );
  return names.length === 0 ? null : `No such option: ${unknown}. Did you mean ${names.join(' or ')}?`;
}

const WORDS: readonly (readonly [RegExp, string])[] = [
  [/^unknown command '(.*)'$/s, "No such command '$1'."],
  [/^unknown option '(.*?)'\n\(Did you mean (.*)\?\)$/s, 'No such option: $1. Did you mean $2?'],
  [/^unknown option '(.*)'$/s, 'No such option: $1.'],
  [/^option '(?:-\w, )?(--[\w-]+).*' argument missing$/s, "Option '$1' requires an argument."],
  [/^missing required argument '(.*)'$/s, "Missing argument '$1'."],
  [/^too many arguments for .*: (.*)\.$/s, 'Got unexpected extra argument ($1).'],
];

function inOriginalWords(error: CommanderError): string {
  const message = error.message.replace(/^error: /, '');
  for (const [pattern, words] of WORDS) {
    if (pattern.test(message)) return message.replace(pattern, words);
  }
  return message;
}

function withHint(message: string, command: Command): string {
  const path: string[] = [];
  for (let at: Command | null = command; at !== null; at = at.parent) path.unshift(at.name());
  return `${message}${/[.?!]$/.test(message) ? '' : '.'} Try '${path.join(' ')} --help' for help.`;
}
