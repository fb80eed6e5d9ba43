// A line chart as SVG: error over tasks, one line for each way of choosing, with its name at its end.

export interface ChartLine {
  readonly name: string;
  readonly color: string;
  readonly dash?: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Half the height of the band around each point. */
  readonly spread: readonly number[];
}

export interface ChartOptions {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly xTicks: readonly number[];
  readonly yTicks: readonly number[];
  readonly lines: readonly ChartLine[];
}

const WIDTH = 860;
const HEIGHT = 460;
const LEFT = 70;
const RIGHT = 30;
const TOP = 50;
const BOTTOM = 60;
const INK = '#24292f';
const FAINT = '#d8dee4';

/** An SVG document with its own white ground, so that it can be read on any page. */
export function renderChart(options: ChartOptions): string {
  const { xTicks, yTicks } = options;
  const [xMost, yMost] = [xTicks.at(-1) ?? 1, yTicks.at(-1) ?? 1];
  const place: Place = {
    x: value => LEFT + (value / xMost) * (WIDTH - LEFT - RIGHT),
    y: value => HEIGHT - BOTTOM - (value / yMost) * (HEIGHT - TOP - BOTTOM),
  };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="system-ui, sans-serif" font-size="13" fill="${INK}">`,
    `<title>${options.title}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    text(LEFT, 26, options.title, 'font-size="16" font-weight="600"'),
    ...axes(options, place),
    ...options.lines.map(line => band(line, place)),
    ...options.lines.map(line => stroke(line, place)),
    ...legend(options.lines),
    '</svg>',
    '',
  ].join('\n');
}

interface Place {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

function axes({ xTicks, yTicks, xLabel, yLabel }: ChartOptions, { x, y }: Place): readonly string[] {
  const [bottom, right] = [HEIGHT - BOTTOM, WIDTH - RIGHT];
  const middle = (TOP + bottom) / 2;
  return [
    ...yTicks.map(tick => {
      const at = round(y(tick));
      const line = `<line x1="${LEFT}" y1="${at}" x2="${right}" y2="${at}" stroke="${FAINT}"/>`;
      return line + text(LEFT - 10, at + 4, String(tick), 'text-anchor="end"');
    }),
    ...xTicks.map(tick =>
      text(round(x(tick)), bottom + 20, tick.toLocaleString('en-US'), 'text-anchor="middle"'),
    ),
    `<line x1="${LEFT}" y1="${bottom}" x2="${right}" y2="${bottom}" stroke="${INK}"/>`,
    text((LEFT + right) / 2, HEIGHT - 16, xLabel, 'text-anchor="middle"'),
    text(20, middle, yLabel, `text-anchor="middle" transform="rotate(-90 20 ${middle})"`),
  ];
}

function stroke({ points, color, dash }: ChartLine, { x, y }: Place): string {
  const path = points.map(([px, py]) => `${round(x(px))},${round(y(py))}`).join(' ');
  const dashes = dash === undefined ? '' : ` stroke-dasharray="${dash}"`;
  return `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="2.2"${dashes}/>`;
}

function band({ points, spread, color }: ChartLine, { x, y }: Place): string {
  const edge = (sign: 1 | -1): string[] =>
    points.map(([px, py], i) => `${round(x(px))},${round(y(py + sign * (spread[i] ?? 0)))}`);
  return `<polygon points="${[...edge(1), ...edge(-1).reverse()].join(' ')}" fill="${color}" opacity="0.15"/>`;
}

function legend(lines: readonly ChartLine[]): readonly string[] {
  return lines.map(({ name, color, dash }, i) => {
    const [x, y] = [WIDTH - RIGHT - 240, TOP + 16 + i * 22];
    const dashes = dash === undefined ? '' : ` stroke-dasharray="${dash}"`;
    const line = `<line x1="${x}" y1="${y}" x2="${x + 34}" y2="${y}" stroke="${color}" stroke-width="2.2"${dashes}/>`;
    return line + text(x + 44, y + 4, name);
  });
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x}" y="${y}" ${attributes}>${content}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
