// Writes docs/reference/differences.md from the table of differences that the replay of recorded exchanges goes by, and from
// that of what no recording shows.
// test/compat/replay.test.ts fails when the page is not up to date.
import { writeFileSync } from 'node:fs';
import { AREAS, DIFFERENCES } from '../test/compat/differences.ts';
import { UNRECORDED } from '../test/compat/unrecorded-differences.ts';

export const DIFFERENCES_FILE: URL = new URL('../docs/reference/differences.md', import.meta.url);

const HEAD = `# Differences from alchemiscale (Python)

<!-- Written by \`node tools/differences-page.ts\` from test/compat/differences.ts; do not edit. -->

Both services answer as those of alchemiscale 0.8.0 do: 1,200 exchanges of its clients with its servers were recorded, and a
test plays them against ours. This page lists every answer that differs, all of them on purpose, and what else differs that
no client was seen to ask. Most are requests on which the original fails with a status 500.
`;

/** The page as Markdown. */
export function differencesPage(): string {
  const sections = AREAS.map(area => {
    const rows = [...DIFFERENCES, ...UNRECORDED]
      .filter(row => row.area === area)
      .map(row => `| ${[row.asked, row.original, row.ours, row.why].map(cell).join(' | ')} |`);
    return [
      `## ${area}`,
      '',
      '| request | original | here | why |',
      '| --- | --- | --- | --- |',
      ...rows,
      '',
    ].join('\n');
  });
  return [HEAD, ...sections].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

if (import.meta.main) writeFileSync(DIFFERENCES_FILE, differencesPage());
