// `alchemiscale gufe …`: look at files of gufe objects without Python: are the keys right, what is in it, in another form.
import type { Command } from 'commander';
import type { KeyCheck } from '../../gufe/key-check.ts';
import { writeString } from '../../lib/json-write.ts';
import { addCommand, addGroup, type CliContext } from '../command.ts';
import { EXIT_FAILED, ExitError, MisuseError } from '../errors.ts';
import { integerOption, type OptionValues, requiredChoice, switchOption, textOption } from '../options.ts';
import { printable } from '../printable.ts';

const FORMS = ['json', 'msgpack', 'chain'] as const;
const READS =
  'Reads any form (keyed chain or full dict as JSON, MessagePack), plain or compressed with gzip or zstd; - is standard input.';

const KEYS_OPTIONS = {
  json: switchOption('--json', 'one line an object: {"key": …, "recomputed": …, "ok": …}'),
} as const;
const SHOW_OPTIONS = {
  limit: integerOption('--limit <integer>', 'how many of each list to show; 0 shows all', {
    default: 20,
    least: 0,
  }),
} as const;
const CONVERT_OPTIONS = {
  to: requiredChoice(
    '--to <form>',
    'chain: the keyed chain as JSON, as gufe writes files; json: the full dict as JSON, every object in place and repeated, as older versions wrote; msgpack: the keyed chain as MessagePack in a zstd frame',
    FORMS,
  ),
  out: textOption(
    '-o, --out <file>',
    'where to write; standard output if left out. JSON is compressed when the name ends in .gz or .zst',
  ),
  plain: switchOption('--plain', 'MessagePack without the zstd frame, which is what gufe reads from a file'),
} as const;

/** Adds `gufe` with its commands. */
export function addGufeCommands(program: Command, context: CliContext): void {
  const group = addGroup(program, 'gufe', 'Subcommands for files of gufe objects', [
    'alchemiscale gufe keys network.json',
    'alchemiscale gufe show obj.json.zst',
    'alchemiscale gufe convert network.json --to msgpack -o network.msgpack',
  ]);
  addCommand(group, 'keys', context, {
    summary: 'Check the keys that keyed chains state.',
    description:
      'Recomputes the key of every object as gufe of today gives it; exits with 1 where one differs, with the likely reason on standard error. A key whose class has unknown defaults is neither right nor wrong unless the content proves it (ok: null). Reads keyed chains as JSON, plain or compressed with gzip or zstd, piece by piece: files may be larger than memory.',
    examples: [
      'alchemiscale gufe keys network.json archive.json.gz',
      'alchemiscale gufe keys --json obj.json.zst',
    ],
    options: KEYS_OPTIONS,
    operands: '<file...>',
    run: checkKeys,
  });
  addCommand(group, 'show', context, {
    summary: 'Print a readable outline of the object in a file.',
    description: `Of a network its systems, transformations, components and protocol settings; of a result its units and what went wrong. ${READS}`,
    examples: ['alchemiscale gufe show network.json', 'alchemiscale gufe show --limit 0 obj.json.zst'],
    options: SHOW_OPTIONS,
    operands: '<file>',
    run: async ({ limit }, { out }, files) => {
      const [{ outline }, { readObjectFile }] = await Promise.all([
        import('../gufe-outline.ts'),
        import('../gufe-files.ts'),
      ]);
      for (const line of outline(await readObjectFile(files[0] ?? ''), { limit })) out(printable(line));
    },
  });
  addCommand(group, 'convert', context, {
    summary: 'Write the object in a file in another form.',
    description: READS,
    examples: [
      'alchemiscale gufe convert network.json --to msgpack -o network.msgpack',
      'alchemiscale gufe convert old.json --to chain -o new.json.zst',
    ],
    options: CONVERT_OPTIONS,
    operands: '<file>',
    run: convert,
  });
}

async function checkKeys(
  options: OptionValues<typeof KEYS_OPTIONS>,
  { out, note }: CliContext,
  files: readonly string[],
): Promise<void> {
  const [{ checkKeyFile }, { nameOf }] = await Promise.all([
    import('../gufe-keys.ts'),
    import('../gufe-files.ts'),
  ]);
  let isWrong = false;
  let unreadable: unknown = null;
  for (const file of files) {
    const counts = await checkKeyFile(file, found => {
      if (options.json) out(jsonLine(found));
      else if (found.ok !== true) out(printable(plainLine(found)));
      if (found.hint !== null) note(printable(`${nameOf(file)}: ${found.key}: ${found.hint}`));
    }).catch(error => {
      // The others are looked at all the same; the last one that cannot be read ends the command.
      if (unreadable !== null) note(printable(messageOf(unreadable)));
      unreadable = error;
      return null;
    });
    if (counts === null) continue;
    const { right, wrong, unknown } = counts;
    if (!options.json) {
      out(`${nameOf(file)}: ${right} right, ${wrong} wrong, ${unknown} of classes with unknown defaults`);
    }
    isWrong ||= wrong > 0;
  }
  if (unreadable !== null) throw unreadable;
  if (isWrong) throw new ExitError(EXIT_FAILED);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function jsonLine({ key, recomputed, ok }: KeyCheck): string {
  const again = recomputed === null ? 'null' : writeString(recomputed);
  return `{"key": ${writeString(key)}, "recomputed": ${again}, "ok": ${ok}}`;
}

function plainLine({ key, recomputed, ok }: KeyCheck): string {
  if (ok === null) return `unknown  ${key}`;
  return `wrong    ${key}${recomputed === null ? '' : `, which is ${recomputed} today`}`;
}

async function convert(
  { to, out, plain }: OptionValues<typeof CONVERT_OPTIONS>,
  context: CliContext,
  files: readonly string[],
): Promise<void> {
  if (plain && to !== 'msgpack') throw new MisuseError("'--plain' is for MessagePack.");
  if (to === 'msgpack' && out === null && process.stdout.isTTY) {
    throw new MisuseError('MessagePack is not for a terminal: give a file with -o.');
  }
  const { readObjectFile, writeWhole } = await import('../gufe-files.ts');
  const object = await readObjectFile(files[0] ?? '');
  const content =
    to === 'msgpack'
      ? object.toMsgpack({ compress: !plain })
      : to === 'json'
        ? object.toDictText()
        : object.toJson();
  if (out !== null) return writeWhole(out, content);
  if (typeof content === 'string') return context.out(content);
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(content, error => (error ? reject(error) : resolve()));
  });
}
