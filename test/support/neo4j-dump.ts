// Graphs in the database of tests on Neo4j: emptied, filled from a dump of the original's, looked at as a whole.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import neo4j, { type Driver } from 'neo4j-driver';
import { parseJson } from '../../src/lib/json-value.ts';
import type { Neo4jService } from './services.ts';

/** The database itself, for what no store would do. */
export class Graph implements AsyncDisposable {
  readonly #driver: Driver;

  constructor({ url, user, password }: Neo4jService) {
    this.#driver = neo4j.driver(url, neo4j.auth.basic(user, password), { useBigInt: true });
  }

  /** Runs one statement; its rows as plain objects. */
  async run<Row = Record<string, unknown>>(
    cypher: string,
    parameters: Record<string, unknown> = {},
  ): Promise<readonly Row[]> {
    const { records } = await this.#driver.executeQuery(cypher, parameters);
    return records.map(record => record.toObject() as Row);
  }

  /** Deletes all nodes; the schema stays. */
  async empty(): Promise<void> {
    // Such a statement commits by itself, again and again, and so must not run inside of a transaction.
    const session = this.#driver.session();
    try {
      await session.run('MATCH ()-[r]->() CALL (r) { DELETE r } IN TRANSACTIONS OF 10000 ROWS');
      await session.run('MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS');
    } finally {
      await session.close();
    }
  }

  /** Writes the nodes and relationships of a dump: `nodes.jsonl` and `relationships.jsonl`. */
  async load(folder: string): Promise<void> {
    const places = new Map<bigint, string>();
    const nodes = readLines<DumpedNode>(join(folder, 'nodes.jsonl'));
    for (const [, group] of Map.groupBy(nodes, node => `${node.labels} ${timesIn(node.properties)}`)) {
      const [{ labels, properties }] = group as [DumpedNode];
      const rows = await this.run<{ id: bigint; place: string }>(
        `UNWIND $rows AS row
        CREATE (n:${labels.map(label => `\`${label}\``).join(':')})
        SET n = row.properties ${setTimes('n', properties)}
        RETURN row.id AS id, elementId(n) AS place`,
        { rows: group.map(plainRow) },
      );
      for (const { id, place } of rows) places.set(id, place);
    }
    const relationships = readLines<DumpedRelationship>(join(folder, 'relationships.jsonl'));
    for (const [, group] of Map.groupBy(relationships, one => `${one.type} ${timesIn(one.properties)}`)) {
      const [{ type, properties }] = group as [DumpedRelationship];
      await this.run(
        `UNWIND $rows AS row
        MATCH (a) WHERE elementId(a) = row.start
        MATCH (b) WHERE elementId(b) = row.end
        CREATE (a)-[r:\`${type}\`]->(b)
        SET r = row.properties ${setTimes('r', properties)}`,
        {
          rows: group.map(one => ({
            ...plainRow(one),
            start: places.get(one.start),
            end: places.get(one.end),
          })),
        },
      );
    }
  }

  /** What kinds of things there are: labels, relationship types with those of their ends, and the types of their properties. */
  async shapes(): Promise<ReadonlySet<string>> {
    const nodes = await this.run<{ labels: string[]; name: string; type: string }>(
      `MATCH (n) UNWIND keys(n) AS name
      RETURN DISTINCT labels(n) AS labels, name, valueType(n[name]) AS type`,
    );
    const relationships = await this.run<{
      from: string[];
      kind: string;
      to: string[];
      name: string;
      type: string;
    }>(
      `MATCH (a)-[r]->(b) UNWIND CASE WHEN keys(r) = [] THEN [null] ELSE keys(r) END AS name
      RETURN DISTINCT labels(a) AS from, type(r) AS kind, labels(b) AS to, name, valueType(r[name]) AS type`,
    );
    return new Set([
      ...nodes.map(({ labels, name, type }) => `${kindOf(labels)}.${name}: ${type}`),
      ...relationships.map(
        ({ from, kind, to, name, type }) =>
          `${kindOf(from)} -${kind}-> ${kindOf(to)}${name === null ? '' : `.${name}: ${type}`}`,
      ),
    ]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#driver.close();
  }
}

type Properties = Readonly<Record<string, unknown>>;

interface DumpedNode {
  readonly id: bigint;
  readonly labels: readonly string[];
  readonly properties: Properties;
}

interface DumpedRelationship {
  readonly type: string;
  readonly start: bigint;
  readonly end: bigint;
  readonly properties: Properties;
}

/** Integers as bigint, so that the driver writes them as such. */
function readLines<T>(path: string): readonly T[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => plainOf(parseJson(line)) as T);
}

function plainOf(value: unknown): unknown {
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([name, member]) => [name, plainOf(member)]));
  return Array.isArray(value) ? value.map(plainOf) : value;
}

/** `{"$datetime": text}`, or a list of them. */
function isTime(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0 && value.every(isTime);
  return typeof value === 'object' && value !== null && '$datetime' in value;
}

function timesIn(properties: Properties): string {
  return Object.keys(properties)
    .filter(name => isTime(properties[name]))
    .map(name => `${name}${Array.isArray(properties[name]) ? '[]' : ''}`)
    .sort()
    .join(' ');
}

function setTimes(variable: string, properties: Properties): string {
  return Object.keys(properties)
    .filter(name => isTime(properties[name]))
    .map(name => {
      const time = `row.times.\`${name}\``;
      const value = Array.isArray(properties[name])
        ? `[time IN ${time} | datetime(time.\`$datetime\`)]`
        : `datetime(${time}.\`$datetime\`)`;
      return `SET ${variable}.\`${name}\` = ${value}`;
    })
    .join(' ');
}

function plainRow<T extends { readonly properties: Properties }>(row: T): object {
  const isPlain = ([, value]: [string, unknown]): boolean => !isTime(value);
  const entries = Object.entries(row.properties);
  return {
    ...row,
    properties: Object.fromEntries(entries.filter(isPlain)),
    times: Object.fromEntries(entries.filter(entry => !isPlain(entry))),
  };
}

function kindOf(labels: readonly string[]): string {
  return [...labels].sort().join(':');
}
