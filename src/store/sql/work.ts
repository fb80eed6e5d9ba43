// Where there is work: what a claim reads before it takes anything, and what managers are told. Claims that ask at the same moment
// are answered together (Database.askTogether).
import type { ClaimFromHub, ClaimTasks } from '../state-store.ts';
import { type Connection, list, type Statement, statement, table, type Value } from './database.ts';
import { coveredScopes, type KeyParts, scopeList } from './keys.ts';

/** SQL: the queues `g` on hubs `n` that may be claimed from now. What managers are told of work, claims can have. */
export const WORK = `FROM claim_group g
    JOIN network n ON n.id = g.hub
    WHERE g.n_claimable > 0
      AND n.weight > 0
      AND n.scope IN (${coveredScopes()})
      AND n.scope NOT IN (${coveredScopes()})
      AND (CAST(? AS TEXT) IS NULL OR g.protocol IN texts(?))`;

/** The parameters of `WORK`. */
export type WorkParameters = [scopes: string, exclude: string, protocols: string | null, protocols: string];

/** Where to look for work, and of which protocols. */
export function workParameters(asked: Pick<ClaimTasks, 'scopes' | 'exclude' | 'protocols'>): WorkParameters {
  const protocols = asked.protocols === null ? null : list(asked.protocols);
  return [scopeList(asked.scopes), scopeList(asked.exclude), protocols, protocols ?? '[]'];
}

/** How a service stands: failures that count, and older ones that can be forgotten. */
export interface Standing {
  readonly failures: number;
  readonly forgotten: number;
}

/** Hubs with work, and aligned their weights. */
export interface HubsWithWork {
  readonly ids: readonly number[];
  readonly weights: readonly number[];
}

/** What a claim across hubs has to know. */
export interface Work {
  /** Null: no such service. */
  readonly standing: Standing | null;
  readonly hubs: HubsWithWork;
}

const STANDINGS = statement<[rows: string], Standing & { readonly place: number }>(
  `SELECT d.place,
    (SELECT count(*) FROM service_failure f WHERE f.service = s.id AND f.time > d.since) AS failures,
    (SELECT count(*) FROM service_failure f WHERE f.service = s.id AND f.time <= d.since) AS forgotten
  FROM rows(? AS place INTEGER, service TEXT, owner TEXT, since INTEGER) d
  JOIN service s ON s.id = (SELECT x.id FROM service x WHERE x.identifier = d.service)
    AND s.owner = coalesce(d.owner, s.owner)`,
);

/** Looks for work anywhere; the answers are aligned. Who asks for the same gets the same list. */
export async function findWork(
  connection: Connection,
  claims: readonly ClaimTasks[],
): Promise<readonly Work[]> {
  const rows = claims.map(({ service, owner = null, failuresSince }, place) => {
    return [place, service, owner, failuresSince.getTime()];
  });
  const lists = new Map<string, Promise<HubsWithWork>>();
  const hubs = claims.map(claim => {
    const question = questionOf(claim);
    let found = lists.get(question);
    if (found === undefined)
      lists.set(question, (found = connection.all(hubsWithWork(claim)).then(distinct)));
    return found;
  });
  const [standings, ...found] = await Promise.all([connection.all(STANDINGS(table(rows))), ...hubs]);
  const byPlace = new Map(standings.map(standing => [standing.place, standing]));
  return found.map((of, place) => ({ standing: byPlace.get(place) ?? null, hubs: of }));
}

/** What a claim asks for: claims with the same have the same hubs. */
export function questionOf({ scopes, exclude, protocols }: ClaimTasks): string {
  return JSON.stringify([scopeList(scopes), scopeList(exclude), protocols]);
}

interface HubRow {
  readonly id: number;
  readonly weight: number;
}

/** One row for each group that has work and is admitted. Conditions that would hold anyway are left out of the text. */
function hubsWithWork({ scopes, exclude, protocols }: ClaimTasks): Statement<HubRow> {
  const conditions = ['g.n_claimable > 0', 'n.weight > 0'];
  const parameters: Value[] = [];
  const restrict = (condition: string, parameter: Value): void => {
    conditions.push(condition);
    parameters.push(parameter);
  };
  if (!scopes.some(scope => scope.org === null)) {
    restrict(`n.scope IN (${coveredScopes()})`, scopeList(scopes));
  }
  if (exclude.length > 0) restrict(`n.scope NOT IN (${coveredScopes()})`, scopeList(exclude));
  if (protocols !== null) restrict('g.protocol IN texts(?)', list(protocols));
  const sql = `SELECT n.id, n.weight
    FROM claim_group g
    JOIN network n ON n.id = g.hub
    WHERE ${conditions.join(' AND ')}`;
  return { sql, parameters };
}

function distinct(rows: readonly HubRow[]): HubsWithWork {
  const weights = new Map(rows.map(({ id, weight }) => [id, weight]));
  return { ids: [...weights.keys()], weights: [...weights.values()] };
}

/** A claim from one hub, and the parts of the hub's key. */
export interface HubClaim extends Pick<ClaimFromHub, 'service' | 'owner' | 'protocols'> {
  readonly parts: KeyParts;
}

// Each is looked up in a query of its own: joined with a few rows, a small table would be walked, and go on being walked as it grows.
const HUBS = `SELECT d.place, n.id AS hub
  FROM rows(? AS place INTEGER, service TEXT, owner TEXT, token TEXT, org TEXT, campaign TEXT, project TEXT) d
  JOIN network n ON n.id = (
    SELECT x.id
    FROM scope s
    JOIN network x ON x.scope = s.id
    WHERE s.org = d.org AND s.campaign = d.campaign AND s.project = d.project AND x.token = d.token
  )
  JOIN service v ON v.id = (SELECT x.id FROM service x WHERE x.identifier = d.service)
    AND v.owner = coalesce(d.owner, v.owner)
  WHERE EXISTS (SELECT 1 FROM claim_group g WHERE g.hub = n.id AND g.n_claimable > 0`;
interface PlacedHub {
  readonly place: number;
  readonly hub: number;
}
const WITH_WORK = statement<[rows: string], PlacedHub>(`${HUBS})`);
const WITH_ADMITTED_WORK = statement<[rows: string, protocols: string], PlacedHub>(
  `${HUBS} AND g.protocol IN texts(?))`,
);

/** Finds hubs that have work for a service; null for all others. The answers are aligned. */
export async function findHubs(
  connection: Connection,
  claims: readonly HubClaim[],
): Promise<readonly (number | null)[]> {
  const found = claims.map((): number | null => null);
  const byProtocols = Map.groupBy(claims.entries(), ([, { protocols }]) => protocols && list(protocols));
  const asked = [...byProtocols].map(async ([protocols, of]) => {
    const rows = table(
      of.map(([place, { service, owner = null, parts }]) => {
        return [place, service, owner, parts.token, parts.org, parts.campaign, parts.project];
      }),
    );
    const statement = protocols === null ? WITH_WORK(rows) : WITH_ADMITTED_WORK(rows, protocols);
    for (const { place, hub } of await connection.all(statement)) found[place] = hub;
  });
  await Promise.all(asked);
  return found;
}
