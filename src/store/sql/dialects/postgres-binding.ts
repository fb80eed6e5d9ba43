// `channel_binding=require`: the log-in is bound to the TLS connection, so that nobody in between can pass it on. The driver binds
// where the server offers to, and is content where it does not; but whoever stands in between would not offer it.
// https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-CHANNEL-BINDING
import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import type { Client } from 'pg';
import { AlchemiscaleError } from '../../../domain/errors.ts';

/** The driver's own connection, which its types do not show. It tells of messages by their names. */
interface DriverConnection extends EventEmitter {
  /** The socket, or its TLS layer. */
  readonly stream: Duplex;
}

const BOUND = 'SCRAM-SHA-256-PLUS';
/** Asks for the password itself, or for what it can be guessed from. */
const UNBOUND_WAYS = ['authenticationCleartextPassword', 'authenticationMD5Password'];

/**
 * Ends the connection before anything secret is sent when the server does not bind. `place` names the database. Call it before
 * the client connects: what listens first hears first.
 */
export function requireBinding(client: Client, place: string): void {
  const { connection } = client as unknown as { readonly connection: DriverConnection };
  let isBound = false;
  const refuse = (): void => {
    const sentence = `the database ${place} does not bind the log-in to TLS, as channel_binding=require wants it`;
    connection.emit('error', new AlchemiscaleError('STORE_UNAVAILABLE', sentence));
    connection.stream.destroy();
  };
  for (const way of UNBOUND_WAYS) connection.on(way, refuse);
  let isOffered = false;
  connection.on('authenticationSASL', ({ mechanisms }: { readonly mechanisms: readonly string[] }) => {
    isOffered = mechanisms.includes(BOUND);
    if (!isOffered) refuse();
  });
  connection.on('authenticationSASLFinal', () => {
    isBound = isOffered;
  });
  // By certificate, or trusted as it is: nothing was proved of the other end.
  connection.on('authenticationOk', () => {
    if (!isBound) refuse();
  });
}
