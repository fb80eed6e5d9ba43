// Recorded exchanges of the original's clients with the original's servers. Every scenario begins with an empty store that
// holds only the recorded identities. Where the recordings are not at hand the tests are skipped and say so.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const DEFAULT_GOLDEN = fileURLToPath(new URL('../../../shared/data/golden', import.meta.url));

const FOLDER = join(process.env.ALCHEMISCALE_GOLDEN ?? DEFAULT_GOLDEN, 'exchanges');

/** The folder with the recordings, or null. */
export function exchangesFolder(): string | null {
  return existsSync(join(FOLDER, 'scenarios.json')) ? FOLDER : null;
}

/** Why recordings are not played; false when they are. */
export const NO_EXCHANGES: string | false =
  exchangesFolder() === null && `the recorded exchanges are not at ${FOLDER} (ALCHEMISCALE_GOLDEN)`;

interface RecordedIdentity {
  readonly type: 'user' | 'compute';
  readonly identifier: string;
  readonly key: string;
  readonly scopes: readonly string[];
}

export interface Recordings {
  readonly identities: readonly RecordedIdentity[];
  readonly jwt: { readonly JWT_SECRET_KEY: string; readonly JWT_EXPIRE_SECONDS: string };
  readonly scenarios: readonly ScenarioHead[];
}

export interface ScenarioHead {
  readonly scenario: string;
  readonly description: string;
  readonly settings: Readonly<Record<string, number>>;
  readonly exchanges_file: string;
  readonly calls_file: string;
}

export interface Exchange {
  readonly n: number;
  readonly api: 'user' | 'compute';
  readonly call_id: number;
  readonly client_call: string;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly request_headers: readonly (readonly [string, string])[];
  readonly request_body_b64: string | null;
  readonly status: number;
  readonly response_headers: readonly (readonly [string, string])[];
  readonly response_body_b64: string | null;
}

/** A line of the calls file: a client call, or something done outside HTTP (`wait 3 s`). */
interface Call {
  readonly call_id?: number;
  readonly exchanges?: readonly number[];
  readonly direct_step?: string;
}

export function readRecordings(folder: string): Recordings {
  return JSON.parse(readFileSync(join(folder, 'scenarios.json'), 'utf8'));
}

function readLines<T>(path: string): readonly T[] {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line));
}

/** The exchanges in the order of arrival, with the direct steps at the places where they happened. */
export function readSteps(
  folder: string,
  head: ScenarioHead,
): readonly (Exchange | { readonly direct: string })[] {
  const exchanges = [...readLines<Exchange>(join(folder, head.exchanges_file))].sort((a, b) => a.n - b.n);
  const directBefore = new Map<number, string[]>();
  let lastSeen = 0;
  for (const call of readLines<Call>(join(folder, head.calls_file))) {
    if (call.direct_step !== undefined) {
      directBefore.set(lastSeen + 1, [...(directBefore.get(lastSeen + 1) ?? []), call.direct_step]);
    }
    lastSeen = Math.max(lastSeen, ...(call.exchanges ?? []));
  }
  return exchanges.flatMap(exchange => [
    ...(directBefore.get(exchange.n) ?? []).map(direct => ({ direct })),
    exchange,
  ]);
}

/** The body as it was before content encoding. */
export function responseText(exchange: Exchange): string {
  const bytes = Buffer.from(exchange.response_body_b64 ?? '', 'base64');
  const encoding = exchange.response_headers.find(([name]) => name === 'content-encoding')?.[1];
  return (encoding === 'gzip' ? gunzipSync(bytes) : bytes).toString('utf8');
}
