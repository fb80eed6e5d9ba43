// Archives made here from the answers that the Python client made its archives from have the keys that Python gave them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { type Received, type Reply, tinyService } from '../../test/support/tiny-service.ts';
import { AlchemicalArchive, GUFE_VERSION } from '../gufe/archive.ts';
import { decodeKeyedChain } from '../gufe/keyed-chain.ts';
import type { GufeDictInput } from '../gufe/values.ts';
import { AlchemiscaleClient } from './user.ts';

interface RecordedArchive {
  readonly network: string;
  readonly metadata: GufeDictInput | null;
  readonly key: string;
  readonly answers: Readonly<Record<string, string>>;
}

const FIXTURE = new URL('../../test/fixtures/client/archives.json', import.meta.url);
const { versionGufe, archives } = JSON.parse(readFileSync(FIXTURE, 'utf8')) as {
  readonly versionGufe: string;
  readonly archives: readonly RecordedArchive[];
};
const [FIRST, SECOND] = archives as readonly [RecordedArchive, RecordedArchive];
const ANSWERS: Record<string, string> = { ...FIRST.answers, ...SECOND.answers };
const MISSING = FIRST.network.replace(/[0-9a-f]{32}/, 'f'.repeat(32));

function answer({ url }: Received): Reply {
  if (url === `/exists/${MISSING}`) return { json: false };
  const body = ANSWERS[url];
  return body === undefined ? { status: 400, json: { detail: `no ${url}` } } : { body };
}

function clientOf(url: string): AlchemiscaleClient {
  return new AlchemiscaleClient({ apiUrl: url, identifier: 'ada', key: 'k', maxRetries: 0 });
}

/** As the version of gufe that made the recorded archives would have it: the version is part of the key. */
function asRecorded(archive: AlchemicalArchive | null | undefined): string | undefined {
  return archive ? new AlchemicalArchive({ ...archive, versionGufe }).key : undefined;
}

describe('archives', () => {
  test('have the keys of Python', async () => {
    await using service = await tinyService(answer);
    const client = clientOf(service.url);
    const progress: string[] = [];
    const archive = await client.getNetworkArchive(FIRST.network, {
      metadata: FIRST.metadata,
      onProgress: (done, total) => progress.push(`${done}/${total}`),
    });
    assert.equal(asRecorded(archive), FIRST.key);
    assert.equal(archive?.versionGufe, GUFE_VERSION);
    assert.deepEqual(progress, ['1/2', '2/2']);
    // Transformations come with the network: fetching each again would be waste.
    assert.ok(!service.requests.some(({ url }) => /^\/transformations\/[^/]+$/.test(url)));
  });

  test('of several networks, null for one that is not there, empty lists without results', async () => {
    await using service = await tinyService(answer);
    const progress: string[] = [];
    const [second, none] = await clientOf(service.url).getNetworkArchives([SECOND.network, MISSING], {
      onProgress: (done, total) => progress.push(`${done}/${total}`),
    });
    assert.equal(none, null);
    assert.equal(asRecorded(second), SECOND.key);
    assert.deepEqual(
      second?.transformationResults.map(([, results]) => results.length),
      [1, 0],
    );
    assert.deepEqual(progress, ['1/2', '2/2']);
  });

  test('survive writing and reading', async () => {
    await using service = await tinyService(answer);
    const archive = await clientOf(service.url).getNetworkArchive(FIRST.network, { metadata: { n: 1n } });
    assert.ok(archive !== null);
    const read = decodeKeyedChain(archive.toJson());
    assert.ok(read instanceof AlchemicalArchive);
    assert.equal(read.key, archive.key);
    assert.equal(read.toJson(), archive.toJson());
    assert.deepEqual([...read.metadata], [['n', 1n]]);
  });

  test('a transformation that the service knows by another key is fetched under that', async () => {
    const [edge = ''] = JSON.parse(SECOND.answers[`/networks/${SECOND.network}/transformations`] ?? '[]');
    const other = edge.replace(/[0-9a-f]{32}/, '0'.repeat(32));
    await using service = await tinyService(request => {
      const { body } = answer({ ...request, url: request.url.replace(other, edge) });
      return {
        body: request.url.endsWith('/transformations') ? String(body).replace(edge, other) : (body ?? ''),
      };
    });
    const archive = await clientOf(service.url).getNetworkArchive(SECOND.network);
    assert.equal(asRecorded(archive), SECOND.key);
    assert.ok(service.requests.some(({ url }) => url === `/transformations/${other}`));
  });

  test('wrong lists and metadata are refused before anything is sent', async () => {
    await using service = await tinyService(answer);
    const client = clientOf(service.url);
    const { network } = FIRST;
    const refused: [Promise<unknown>, RegExp][] = [
      [client.getNetworkArchives([network, network]), /must not contain duplicate entries/],
      [client.getNetworkArchives([network], { metadata: [] }), /0 against 1/],
      [
        client.getNetworkArchive(network, { metadata: { when: new Date(0) as never } }),
        /metadata for AlchemicalNetwork-\w+-\S+ cannot be written: metadata.when: Date has no counterpart/,
      ],
    ];
    for (const [attempt, why] of refused) await assert.rejects(attempt, why);
    assert.equal(service.logIns.length, 0);
  });
});
