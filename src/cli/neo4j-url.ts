// The original names its database by four variables, or four flags: address, user, password and the database's name. Here they
// become one URL, as every store has one. What a flag says wins over the URL, the URL over the variables.
import type { Environment } from './env.ts';
import { MisuseError } from './errors.ts';

/** What may stand beside the URL; null or left out for what is not given. */
export interface Neo4jFlags {
  readonly user?: string | null;
  readonly password?: string | null;
  readonly dbname?: string | null;
}

/** True for the URL of a Neo4j database. */
export function isNeo4jUrl(url: string): boolean {
  return /^(bolt|neo4j)(\+s|\+ssc)?:/i.test(url);
}

/** The URL that the original's variables name, without user and password; null when none of them is set. */
export function neo4jVariable(env: Environment): string | null {
  const url = env.get('NEO4J_URL');
  if (url !== undefined) return url;
  const others = ['NEO4J_USER', 'NEO4J_PASS', 'NEO4J_DBNAME'].filter(name => env.get(name) !== undefined);
  if (others.length === 0) return null;
  const are = others.length === 1 ? 'is' : 'are';
  throw new MisuseError(
    `${others.join(', ')} ${are} set, but NEO4J_URL is not: set it to bolt://host:7687, ` +
      'or choose a file with ALCHEMISCALE_DB=sqlite:///absolute/path/state.db (it wins over NEO4J_*) or --url',
  );
}

/** Puts user, password and database into the URL of a Neo4j database. Throws a MisuseError when there is no user or password. */
export function completeNeo4jUrl(text: string, flags: Neo4jFlags, env: Environment): string {
  const url = URL.parse(text);
  if (url === null || url.hostname === '') {
    throw new MisuseError(`'${text}' names no Neo4j server: write bolt://host:7687`);
  }
  const choose = (flag: string | null | undefined, inUrl: string, variable: string): string =>
    flag ?? (inUrl !== '' ? decodeURIComponent(inUrl) : (env.get(variable) ?? ''));
  const user = choose(flags.user, url.username, 'NEO4J_USER');
  const password = choose(flags.password, url.password, 'NEO4J_PASS');
  const database = choose(flags.dbname, url.pathname.replace(/^\//, ''), 'NEO4J_DBNAME');
  if (user === '') throw new MisuseError("Missing option '--user' (env var: 'NEO4J_USER').");
  if (password === '') throw new MisuseError("Missing option '--password' (env var: 'NEO4J_PASS').");
  const credentials = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  return `${url.protocol}//${credentials}@${url.host}/${encodeURIComponent(database)}${url.search}`;
}
