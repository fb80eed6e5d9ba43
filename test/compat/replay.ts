// Plays a recorded scenario against our services and says where the answers differ.
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { sameBody } from './compare.ts';
import { IdMap } from './ids.ts';
import { type Exchange, readSteps, responseText, type ScenarioHead } from './scenario.ts';
import type { Services } from './service.ts';

export interface Mismatch {
  readonly exchange: Exchange;
  readonly status: number;
  readonly body: string;
  readonly what: 'status' | 'body' | 'header';
}

/** Headers whose meaning clients use. */
const COMPARED_HEADERS = [
  'content-type',
  'content-encoding',
  'vary',
  'www-authenticate',
  'allow',
  'location',
];

/** Of what the n-th answer lists, the recorded place of each element, where the original has another order. */
export type Orders = Readonly<Record<number, readonly number[]>>;

export interface Replayed {
  /** How many exchanges were compared. */
  readonly exchanges: number;
  readonly mismatches: readonly Mismatch[];
}

/** About what a request took. With it every token and registration lives as long as it did when recorded. */
const STEP_SECONDS = 0.15;

export async function replay(
  folder: string,
  head: ScenarioHead,
  services: Services,
  orders: Orders = {},
): Promise<Replayed> {
  const ids = new IdMap();
  const tokens = new IdMap();
  const mismatches: Mismatch[] = [];
  let exchanges = 0;
  for (const step of readSteps(folder, head)) {
    if ('direct' in step) {
      act(step.direct, services);
    } else {
      services.advance(STEP_SECONDS);
      mismatches.push(...(await play(step, services, { ids, tokens, order: orders[step.n] ?? null })));
      exchanges++;
    }
  }
  return { exchanges, mismatches };
}

function act(direct: string, services: Services): void {
  const [, seconds] = /^wait ([\d.]+) s$/.exec(direct) ?? [];
  if (seconds !== undefined) services.advance(Number(seconds));
  else if (direct.includes('bucket is deleted')) services.removeObjects();
  else throw new Error(`a step that the replay does not know: ${direct}`);
}

interface Known {
  readonly ids: IdMap;
  readonly tokens: IdMap;
  readonly order: readonly number[] | null;
}

async function play(
  exchange: Exchange,
  services: Services,
  { ids, tokens, order }: Known,
): Promise<readonly Mismatch[]> {
  const response = await services.apps[exchange.api].inject({
    method: exchange.method as 'GET',
    url: ids.translate(exchange.path) + (exchange.query === '' ? '' : `?${ids.translate(exchange.query)}`),
    headers: headersOf(exchange, tokens),
    ...bodyOf(exchange, ids),
  });
  const encoded = response.headers['content-encoding'] === 'gzip';
  const ours = (encoded ? gunzipSync(response.rawPayload) : response.rawPayload).toString('utf8');
  const recorded = inOurOrder(responseText(exchange), order);
  if (exchange.path === '/token' && exchange.status === 200) {
    const [theirs, mine] = [JSON.parse(recorded), JSON.parse(ours)];
    tokens.set(theirs.access_token, mine.access_token);
    const isAlike =
      response.statusCode === 200 &&
      /^[\w-]+\.[\w-]+\.[\w-]+$/.test(mine.access_token) &&
      hasSameMembers(theirs, mine);
    return isAlike ? [] : [{ exchange, status: response.statusCode, body: ours, what: 'body' }];
  }
  const found = { exchange, status: response.statusCode, body: ours };
  if (response.statusCode !== exchange.status) return [{ ...found, what: 'status' }];
  ids.learn(recorded, ours);
  if (
    exchange.method !== 'HEAD' &&
    !sameBody(exchange.path, exchange.method, ids.translate(recorded), ours)
  ) {
    return [{ ...found, what: 'body' }];
  }
  const differing = COMPARED_HEADERS.filter(
    name => normalized(recordedHeader(exchange, name)) !== normalized(String(response.headers[name] ?? '')),
  );
  return differing.length > 0 ? [{ ...found, what: 'header', body: differing.join(', ') }] : [];
}

/** All but the token itself. */
function hasSameMembers(theirs: object, mine: object): boolean {
  return isDeepStrictEqual({ ...theirs, access_token: null }, { ...mine, access_token: null });
}

function inOurOrder(recorded: string, order: readonly number[] | null): string {
  if (order === null) return recorded;
  const list = JSON.parse(recorded) as readonly unknown[];
  assert.equal(new Set(order).size, list.length, 'an order names every place once');
  return JSON.stringify(order.map(place => list[place]));
}

function recordedHeader(exchange: Exchange, name: string): string {
  return exchange.response_headers.find(([header]) => header.toLowerCase() === name)?.[1] ?? '';
}

/** A charset changes nothing for JSON; an absolute location names the recorded host. */
function normalized(value: string): string {
  return value.replace(/; charset=utf-8$/i, '').replace(/^https?:\/\/[^/]+/, '');
}

function headersOf(exchange: Exchange, tokens: IdMap): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of exchange.request_headers) {
    if (name.toLowerCase() === 'content-length') continue;
    const bearer = value.startsWith('Bearer ') ? tokens.get(value.slice('Bearer '.length)) : undefined;
    headers[name.toLowerCase()] = bearer === undefined ? value : `Bearer ${bearer}`;
  }
  return headers;
}

function bodyOf(exchange: Exchange, ids: IdMap): { readonly payload?: Buffer | string } {
  const bytes = Buffer.from(exchange.request_body_b64 ?? '', 'base64');
  if (bytes.length === 0) return {};
  // Compressed bodies are networks and results: they hold no generated names that the service reads.
  const isText = !exchange.request_headers.some(([name]) => name.toLowerCase() === 'content-encoding');
  return { payload: isText ? ids.translate(bytes.toString('utf8')) : bytes };
}
