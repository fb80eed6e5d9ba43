// Draws what a command prints as an SVG for the documentation: `node tools/draw-terminal.ts "npm run demo" < output.txt > image.svg`.
import { text } from 'node:stream/consumers';

const CHARACTER_WIDTH = 8.4;
const LINE_HEIGHT = 20;
const MARGIN = 20;

const [command = ''] = process.argv.slice(2);
const lines = [`$ ${command}`, ...(await text(process.stdin)).trimEnd().split('\n')];
const width = Math.ceil(Math.max(...lines.map(line => line.length)) * CHARACTER_WIDTH + 2 * MARGIN);
const height = lines.length * LINE_HEIGHT + 2 * MARGIN;

const escaped = (line: string): string =>
  line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

console.log(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<title>${escaped(command)} and what it prints</title>
<rect width="100%" height="100%" rx="8" fill="#1c2128"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="#d8dee9" xml:space="preserve">
${lines
  .map(
    (line, index) =>
      `<text x="${MARGIN}" y="${MARGIN + 14 + index * LINE_HEIGHT}"${index === 0 ? ' fill="#8fbc8f"' : ''}>${escaped(line)}</text>`,
  )
  .join('\n')}
</g>
</svg>`);
