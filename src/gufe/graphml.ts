// GraphML as networkx writes and reads it: one directed graph, whose nodes and edges carry named texts. The text of a
// LigandNetwork is hashed, so it is written character for character as networkx 3 does, whose XML writer is Python's own.
import { XMLParser } from 'fast-xml-parser';
import { GufeError } from './error.ts';

/** Attributes by name, in order. */
type Attributes = ReadonlyMap<string, string>;

export interface GraphmlNode {
  readonly id: string;
  readonly attributes: Attributes;
}

export interface GraphmlEdge {
  readonly source: string;
  readonly target: string;
  readonly attributes: Attributes;
}

export interface Graphml {
  readonly nodes: readonly GraphmlNode[];
  readonly edges: readonly GraphmlEdge[];
}

const HEAD =
  '<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ' +
  'xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">';

/** The text of a graph. Edges come out by source in order of nodes, and within one source as given. */
export function writeGraphml({ nodes, edges }: Graphml): string {
  const ids = new Map<string, string>();
  const declarations: string[] = [];
  const data = (scope: 'node' | 'edge', attributes: Attributes): readonly string[] =>
    [...attributes].map(([name, text]) => {
      const known = ids.get(`${scope} ${name}`);
      const id = known ?? `d${ids.size}`;
      if (known === undefined) {
        ids.set(`${scope} ${name}`, id);
        // networkx puts each new declaration before those made so far.
        declarations.unshift(
          `  <key id="${id}" for="${scope}" attr.name="${escapeQuoted(name)}" attr.type="string" />`,
        );
      }
      return text === ''
        ? `      <data key="${id}" />`
        : `      <data key="${id}">${escapeText(text)}</data>`;
    });
  const element = (tag: string, names: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [`    <${tag} ${names} />`] : [`    <${tag} ${names}>`, ...lines, `    </${tag}>`];
  const inside = [
    ...nodes.flatMap(({ id, attributes }) =>
      element('node', `id="${escapeQuoted(id)}"`, data('node', attributes)),
    ),
    ...numberedBySource(nodes, edges).flatMap(({ source, target, number, attributes }) => {
      const ends = `source="${escapeQuoted(source)}" target="${escapeQuoted(target)}" id="${number}"`;
      return element('edge', ends, data('edge', attributes));
    }),
  ];
  const graph =
    inside.length === 0
      ? ['  <graph edgedefault="directed" />']
      : ['  <graph edgedefault="directed">', ...inside, '  </graph>'];
  return [HEAD, ...declarations, ...graph, '</graphml>'].join('\n');
}

/** The order in which a networkx multigraph hands out its edges; parallel ones are numbered from 0. */
function numberedBySource(
  nodes: readonly GraphmlNode[],
  edges: readonly GraphmlEdge[],
): readonly (GraphmlEdge & { readonly number: number })[] {
  const targets = new Map(nodes.map(({ id }) => [id, new Map<string, GraphmlEdge[]>()]));
  for (const edge of edges) {
    const from = targets.get(edge.source);
    if (from === undefined || !targets.has(edge.target)) {
      throw new GufeError(`an edge from '${edge.source}' to '${edge.target}', which are not both nodes`);
    }
    const parallel = from.get(edge.target);
    if (parallel === undefined) from.set(edge.target, [edge]);
    else parallel.push(edge);
  }
  return [...targets.values()].flatMap(from =>
    [...from.values()].flatMap(parallel => parallel.map((edge, number) => ({ ...edge, number }))),
  );
}

function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(BEYOND_ASCII, character => `&#${character.codePointAt(0)};`);
}

/** Python's writer turns these to ASCII. */
const BEYOND_ASCII = /[\u0080-\u{10ffff}]/gu;

function escapeQuoted(text: string): string {
  return escapeText(text).replaceAll('"', '&quot;');
}

/** The graph that a text of GraphML describes. Throws a GufeError that says where it is wrong. */
export function readGraphml(text: string): Graphml {
  const root = member(parseXml(text), 'graphml');
  const graphs = list(root, 'graph').filter(graph => typeof graph === 'object');
  const [graph] = graphs;
  // An element without anything in it is read as an empty text.
  if (graph === undefined && list(root, 'graph').length === 1) return { nodes: [], edges: [] };
  if (graph === undefined || graphs.length > 1) {
    throw new GufeError(`GraphML with one graph was expected; this has ${graphs.length}`);
  }
  if (attributeOf(graph, 'edgedefault', 'graph') !== 'directed') {
    throw new GufeError('the edges of the graph must be directed');
  }
  const names = new Map(
    list(root, 'key').map(key => [attributeOf(key, 'id', 'key'), attributeOf(key, 'attr.name', 'key')]),
  );
  return {
    nodes: list(graph, 'node').map(node => ({
      id: attributeOf(node, 'id', 'node'),
      attributes: attributesOf(node, names),
    })),
    edges: list(graph, 'edge').map(edge => ({
      source: attributeOf(edge, 'source', 'edge'),
      target: attributeOf(edge, 'target', 'edge'),
      attributes: attributesOf(edge, names),
    })),
  };
}

/** Attributes of an element, as the parser groups them. */
const GROUP = '@';
const TEXT = '#text';
const REPEATED: readonly string[] = ['node', 'edge', 'data', 'key', 'graph'];

function parseXml(text: string): unknown {
  // A document type could define entities, which nothing here needs and which can be made to grow without bound.
  if (/<!DOCTYPE/i.test(text)) throw new GufeError('GraphML with a document type is not read');
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '',
    attributesGroupName: GROUP,
    textNodeName: TEXT,
    parseTagValue: false,
    parseAttributeValue: false,
    trimValues: false,
    removeNSPrefix: true,
    isArray: name => REPEATED.includes(name),
    entityDecoder: ENTITIES,
  });
  try {
    return parser.parse(text, true);
  } catch (cause) {
    if (cause instanceof GufeError) throw cause;
    throw new GufeError(`not GraphML: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

// In place of the parser's own, which counts references against a limit (each byte `<` of a molecule's coordinates is one) and
// leaves numeric ones as they are.
const ENTITIES = {
  decode: (text: string): string =>
    text.replaceAll(/&([^;&]*;?)/g, (reference: string, body: string) => {
      const [, hex, decimal, name] = /^(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]+));$/i.exec(body) ?? [];
      const code = hex !== undefined ? Number.parseInt(hex, 16) : Number(decimal ?? Number.NaN);
      const character = code <= 0x10ffff ? String.fromCodePoint(code) : NAMED[name ?? ''];
      if (character === undefined) throw new GufeError(`not GraphML: '${reference}' stands for nothing`);
      return character;
    }),
  setExternalEntities: (): void => undefined,
  addInputEntities: (): void => undefined,
  reset: (): void => undefined,
  setXmlVersion: (): void => undefined,
};

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) {
    throw new GufeError(`not GraphML: there is no <${name}>`);
  }
  return (value as Readonly<Record<string, unknown>>)[name];
}

function list(value: unknown, name: string): readonly unknown[] {
  const isThere = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
  return isThere ? (member(value, name) as readonly unknown[]) : [];
}

function attributeOf(element: unknown, name: string, tag: string): string {
  const group = typeof element === 'object' && element !== null ? list(element, GROUP) : {};
  const text = (group as unknown as Readonly<Record<string, unknown>>)[name];
  if (typeof text !== 'string') throw new GufeError(`not GraphML: a <${tag}> has no '${name}'`);
  return text;
}

function attributesOf(element: unknown, names: ReadonlyMap<string, string>): Attributes {
  return new Map(
    list(element, 'data').map(data => {
      const id = attributeOf(data, 'key', 'data');
      const name = names.get(id);
      if (name === undefined) throw new GufeError(`not GraphML: <data> of '${id}', which no <key> declares`);
      const text = list(data, TEXT) as unknown as string | readonly unknown[];
      return [name, typeof text === 'string' ? text : ''] as const;
    }),
  );
}
