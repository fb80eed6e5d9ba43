// Edges that somebody chose, as a table (CSV) or a list (YAML): two names of ligands, and the mapping where it is given too.
import { parse } from 'csv-parse/sync';
import { parse as parseYaml } from 'yaml';
import type { AtomPairs, GivenEdge } from '../../chem/index.ts';
import { GufeError } from '../../gufe/error.ts';

/** The edges in a file's text; its ending says which form it has. Throws GufeError with the line or the number of the edge. */
export function readEdgeList(path: string, text: string): readonly GivenEdge[] {
  return /\.ya?ml(\.gz|\.zst)?$/i.test(path) ? readYamlEdges(path, text) : readCsvEdges(path, text);
}

const COLUMNS = ['ligand_a', 'ligand_b', 'mapping'];

function readCsvEdges(path: string, text: string): readonly GivenEdge[] {
  const [header, ...rows] = splitCsv(path, text);
  if (header === undefined) throw new GufeError(`${path}: no line with the names of columns`);
  const names = header.fields.map(name => name.toLowerCase());
  const unknown = names.find(name => !COLUMNS.includes(name));
  if (unknown !== undefined || !names.includes('ligand_a') || !names.includes('ligand_b')) {
    const had = header.fields.map(name => `'${name}'`).join(', ');
    throw new GufeError(
      `${path}, line 1: the columns are ligand_a, ligand_b and, if wanted, mapping; not ${had}`,
    );
  }
  return rows.map(({ fields, line }) => {
    const where = `${path}, line ${line}`;
    if (fields.length !== names.length) {
      throw new GufeError(`${where}: ${fields.length} fields where ${names.length} were due`);
    }
    const field = (name: string): string => fields[names.indexOf(name)] ?? '';
    const mapping = field('mapping');
    return edgeOf(
      field('ligand_a'),
      field('ligand_b'),
      mapping === '' ? null : readPairsText(mapping, where),
      where,
    );
  });
}

interface CsvLine {
  readonly fields: readonly string[];
  /** The line of the file on which it ends, from 1. */
  readonly line: number;
}

function splitCsv(path: string, text: string): readonly CsvLine[] {
  try {
    const records = parse(text, {
      bom: true,
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
      comment: '#',
      info: true,
    }) as unknown as readonly {
      readonly record: readonly string[];
      readonly info: { readonly lines: number };
    }[];
    return records.map(({ record, info }) => ({ fields: record, line: info.lines }));
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    throw new GufeError(`${path}: ${cause.message}`, { cause });
  }
}

/** `0:0 1:2 5:4`, atom of A and atom of B, from 0. */
function readPairsText(text: string, where: string): AtomPairs {
  const pairs = text.split(/[\s;]+/).map(part => /^(\d+):(\d+)$/.exec(part));
  return readPairs(
    pairs.map(match => (match === null ? null : [match[1], match[2]])),
    `${where}: a mapping is written like '0:0 1:2 5:4', not '${text.slice(0, 40)}'`,
  );
}

function readPairs(entries: readonly (readonly unknown[] | null)[], complaint: string): AtomPairs {
  const pairs = new Map<number, number>();
  for (const entry of entries) {
    const [a, b] = (entry ?? []).map(index => (/^\d{1,6}$/.test(String(index)) ? Number(index) : Number.NaN));
    if (a === undefined || b === undefined || Number.isNaN(a + b)) throw new GufeError(complaint);
    if (pairs.has(a)) throw new GufeError(`${complaint}; atom ${a} stands there twice`);
    pairs.set(a, b);
  }
  return pairs;
}

function edgeOf(a: string, b: string, pairs: AtomPairs | null, where: string): GivenEdge {
  if (a === '' || b === '') throw new GufeError(`${where}: an edge needs two names of ligands`);
  return { a, b, pairs, where };
}

/** A list of `[a, b]` or of `{ligand_a: a, ligand_b: b, mapping: {0: 0}}`, at the top or under `edges`. */
function readYamlEdges(path: string, text: string): readonly GivenEdge[] {
  let value: unknown;
  try {
    // Every scalar stays a text: a ligand may be called 17 or no.
    value = parseYaml(text, { schema: 'failsafe' });
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    throw new GufeError(`${path}: ${cause.message.split('\n')[0]}`, { cause });
  }
  const list = isRecord(value) && Object.keys(value).join() === 'edges' ? value.edges : value;
  if (!Array.isArray(list))
    throw new GufeError(`${path}: a list of edges was expected, at the top or under 'edges'`);
  return list.map((item: unknown, i) => readYamlEdge(item, `${path}, edge ${i + 1}`));
}

function readYamlEdge(item: unknown, where: string): GivenEdge {
  const complaint = `${where}: an edge is [a, b] or {ligand_a: a, ligand_b: b, mapping: {0: 0, 1: 2}}`;
  if (Array.isArray(item)) {
    const [a, b, ...more] = item as readonly unknown[];
    if (typeof a !== 'string' || typeof b !== 'string' || more.length > 0) throw new GufeError(complaint);
    return edgeOf(a, b, null, where);
  }
  if (!isRecord(item)) throw new GufeError(complaint);
  const unknown = Object.keys(item).find(name => !COLUMNS.includes(name));
  const { ligand_a: a, ligand_b: b, mapping } = item;
  if (unknown !== undefined || typeof a !== 'string' || typeof b !== 'string') throw new GufeError(complaint);
  if (mapping === undefined) return edgeOf(a, b, null, where);
  if (!isRecord(mapping)) throw new GufeError(complaint);
  return edgeOf(a, b, readPairs(Object.entries(mapping), complaint), where);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
