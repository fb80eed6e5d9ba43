// What a command that copies says in the end, for people and for programs.
import type { BodiesMoved } from '../../moving/bodies.ts';
import { ITEM_KINDS } from '../../moving/items.ts';
import { MAX_SENTENCES, type Notes } from '../../moving/notes.ts';
import type { Totals } from '../../moving/tally.ts';

/** What was copied and how it went. */
export interface CopySummary {
  readonly totals: Totals;
  readonly notes: Notes;
  readonly differences: readonly string[];
  readonly bodies: BodiesMoved | null;
}

/** True when nothing is missing and nothing differs. */
export function isWhole({ differences, bodies }: CopySummary): boolean {
  return differences.length === 0 && (bodies === null || bodies.problemCount === 0);
}

/** One line for each thing there is to say. */
export function summaryLines(summary: CopySummary): readonly string[] {
  const { totals, notes, differences, bodies } = summary;
  const counts = ITEM_KINDS.filter(kind => totals.counts[kind] > 0).map(kind => {
    const n = totals.counts[kind];
    return `${n.toLocaleString('en-US')} ${n === 1 ? kind : plural(kind)}`;
  });
  const lines = [`Records: ${counts.length === 0 ? 'none' : counts.join(', ')}.`];
  if (notes.count > 0)
    lines.push(`Left out or put right: ${notes.count}.`, ...indented(notes.first, notes.count));
  if (bodies !== null) {
    lines.push(
      `Results: ${bodies.copied.toLocaleString('en-US')} copied (${bodies.bytes.toLocaleString('en-US')} bytes)` +
        `${bodies.there === 0 ? '' : `, ${bodies.there.toLocaleString('en-US')} there already`}.`,
    );
    if (bodies.problemCount > 0) {
      lines.push(`Could not be had: ${bodies.problemCount} of the results.`);
      lines.push(...indented(bodies.problems, bodies.problemCount));
    }
  }
  if (differences.length > 0) lines.push('The copy differs:', ...indented(differences, differences.length));
  return lines;
}

function plural(kind: string): string {
  if (kind.endsWith('y')) return `${kind.slice(0, -1)}ies`;
  return `${kind}s`;
}

/** One sentence may stand for several things: only where sentences were left out there is more to say. */
function indented(sentences: readonly string[], count: number): readonly string[] {
  const more = sentences.length < MAX_SENTENCES ? 0 : count - sentences.length;
  return [...sentences, ...(more > 0 ? [`… and ${more} more`] : [])].map(sentence => `  ${sentence}`);
}

/** The same as JSON text. */
export function summaryJson(summary: CopySummary, facts: Readonly<Record<string, unknown>>): string {
  const { totals, notes, differences, bodies } = summary;
  return JSON.stringify({ ...facts, whole: isWhole(summary), ...totals, notes, differences, bodies });
}
