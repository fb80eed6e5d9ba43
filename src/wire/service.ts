// Routes that both services have.
import { Type } from 'typebox';
import { endpoints } from './endpoint.ts';

export const SERVICE_ENDPOINTS = endpoints({
  ping: {
    method: 'GET',
    path: '/ping',
    rule: 'open',
    summary: 'Which service answers here',
    response: Type.Object({ api: Type.String() }),
  },
  token: {
    method: 'POST',
    path: '/token',
    rule: 'open',
    summary: 'Log in: exchange an identity and its key for a bearer token',
    accepts: 'form',
    body: Type.Object({
      username: Type.String({ maxLength: 512 }),
      // Without a limit here: what is too long is answered like a wrong key.
      password: Type.String(),
      grant_type: Type.Optional(Type.String({ pattern: '^password$' })),
      scope: Type.Optional(Type.String()),
      client_id: Type.Optional(Type.String()),
      client_secret: Type.Optional(Type.String()),
    }),
    response: Type.Object({ access_token: Type.String(), token_type: Type.Literal('bearer') }),
  },
  getInfo: {
    method: 'GET',
    path: '/info',
    rule: 'token',
    summary: 'A word from the service',
    response: Type.Object({ message: Type.String() }),
  },
  checkStores: {
    method: 'GET',
    path: '/check',
    rule: 'token',
    summary: 'Null when the state store answers and the object store can be written',
    response: Type.Null(),
  },
  listScopes: {
    method: 'GET',
    path: '/identities/:identifier/scopes',
    rule: 'self',
    summary: 'The scopes of the identity that asks',
    params: Type.Object({ identifier: Type.String() }),
    response: Type.Array(Type.String()),
  },
});
