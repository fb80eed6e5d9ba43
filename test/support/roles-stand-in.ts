// What gives a program keys that soon expire, in the ways of Amazon: the address that containers ask (ECS, EKS) and the service
// that takes a web identity (STS); and a bucket that accepts such keys until then, and no others. Signatures are not looked at.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RolesStandIn extends AsyncDisposable {
  readonly url: string;
  /** How many keys it has given. */
  readonly given: () => number;
  /** How many requests to the bucket it has refused. */
  readonly refused: () => number;
}

interface ShortLivedKey {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly Token: string;
  readonly Expiration: string;
}

/** What `ask` must show: a container's bearer token, or a web identity's. */
export const ROLE_TOKEN = 'a token of no consequence';

export async function startRoles(lifetimeMs: number): Promise<RolesStandIn> {
  const keys = new Map<string, ShortLivedKey>();
  const objects = new Map<string, Buffer>();
  let refused = 0;
  const give = (): ShortLivedKey => {
    const key = {
      AccessKeyId: `ASIA${randomUUID().slice(0, 8)}`,
      SecretAccessKey: randomUUID(),
      Token: randomUUID(),
      Expiration: new Date(Date.now() + lifetimeMs).toISOString(),
    };
    keys.set(key.AccessKeyId, key);
    return key;
  };
  const isAccepted = ({ headers }: IncomingMessage): boolean => {
    const id = /Credential=([^/]+)\//.exec(headers.authorization ?? '')?.[1] ?? '';
    const key = keys.get(id);
    return key?.Token === headers['x-amz-security-token'] && Date.parse(key?.Expiration ?? '') > Date.now();
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const { pathname } = new URL(request.url ?? '', 'http://host');
    if (pathname === '/credentials') {
      const isKnown = request.headers.authorization === ROLE_TOKEN;
      response.writeHead(isKnown ? 200 : 401).end(isKnown ? JSON.stringify(give()) : '');
    } else if (pathname === '/' && body.includes('AssumeRoleWithWebIdentity')) {
      const isKnown = new URLSearchParams(body.toString()).get('WebIdentityToken') === ROLE_TOKEN;
      response
        .writeHead(isKnown ? 200 : 403, { 'content-type': 'text/xml' })
        .end(isKnown ? assumed(give()) : '');
    } else if (isAccepted(request)) {
      serve(objects, request.method ?? '', pathname, body, response);
    } else {
      refused += 1;
      response.writeHead(400).end('<Error><Code>ExpiredToken</Code><Message>no</Message></Error>');
    }
  };
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    given: () => keys.size,
    refused: () => refused,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** As much of a bucket as a small object needs. */
function serve(
  objects: Map<string, Buffer>,
  method: string,
  path: string,
  body: Buffer,
  response: ServerResponse,
): void {
  const there = objects.get(path);
  if (method === 'PUT') objects.set(path, body);
  if (method === 'DELETE') objects.delete(path);
  if (method === 'PUT' || method === 'DELETE') return void response.writeHead(200).end();
  if (there !== undefined) {
    const range = `bytes 0-${there.length - 1}/${there.length}`;
    return void response.writeHead(206, { etag: '"1"', 'content-range': range }).end(there);
  }
  const isListing = path.split('/').length <= 2 || path.endsWith('/');
  const text = isListing
    ? '<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>'
    : '<Error><Code>NoSuchKey</Code></Error>';
  response.writeHead(isListing ? 200 : 404, { 'content-type': 'application/xml' }).end(text);
}

function assumed({ AccessKeyId, SecretAccessKey, Token, Expiration }: ShortLivedKey): string {
  return `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials>
<AccessKeyId>${AccessKeyId}</AccessKeyId><SecretAccessKey>${SecretAccessKey}</SecretAccessKey>
<SessionToken>${Token}</SessionToken><Expiration>${Expiration}</Expiration>
</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`;
}
