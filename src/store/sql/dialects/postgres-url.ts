// The URL of a PostgreSQL database, as libpq reads it: `postgres://user:password@host:port/dbname?parameter=…`.
// https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
//
// Parameters that libpq has and that change what a connection may be trusted with are honored or refused, never passed
// over. What is left out is taken by the driver from PGUSER, PGPASSWORD, PGHOST and so on, then from libpq's defaults.
import { readFileSync } from 'node:fs';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import { AlchemiscaleError } from '../../../domain/errors.ts';

/** Where a database is and how it is reached. */
export interface PostgresPlace {
  /** For people; without the password. */
  readonly name: string;
  /** For the driver. */
  readonly driver: DriverOptions;
  /** How long to wait for a connection to be made. */
  readonly connectMs: number;
  /** At most so many connections of a process; our own parameter. Undefined when it is left out. */
  readonly connections: number | undefined;
  /** `prefer`: when the server has no TLS, it is done without. */
  readonly isTlsOptional: boolean;
  /** `channel_binding=require`: a server that does not bind the log-in to TLS is refused. */
  readonly bindsChannel: boolean;
}

interface DriverOptions {
  readonly user?: string;
  readonly password?: string;
  readonly host?: string;
  readonly port?: number;
  readonly database?: string;
  readonly ssl: false | TlsOptions;
  readonly sslnegotiation?: 'direct';
  readonly application_name: string;
  readonly options?: string;
  readonly enableChannelBinding: boolean;
}

const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
type SslMode = (typeof SSL_MODES)[number];

const CHANNEL_BINDINGS = ['disable', 'prefer', 'require'] as const;
type ChannelBinding = (typeof CHANNEL_BINDINGS)[number];

const KNOWN = new Set([
  'connections',
  'user',
  'password',
  'host',
  'port',
  'dbname',
  'application_name',
  'connect_timeout',
  'options',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'sslpassword',
  'sslnegotiation',
  'channel_binding',
  'keepalives',
  'keepalives_idle',
  'keepalives_interval',
  'keepalives_count',
  'client_encoding',
  'fallback_application_name',
]);

const DEFAULT_CONNECT_TIMEOUT_SECONDS = 10;

/** Reads a URL. Throws BAD_REQUEST for what it cannot mean. */
export function readPostgresUrl(text: string): PostgresPlace {
  const url = parse(text);
  for (const name of url.searchParams.keys()) {
    if (!KNOWN.has(name)) throw refused(`has the unknown parameter '${name}'`);
  }
  const given = (name: string): string | undefined => url.searchParams.get(name) ?? undefined;
  const part = (encoded: string): string | undefined => (encoded === '' ? undefined : decode(encoded));
  const host = given('host') ?? part(url.hostname.replaceAll(/[[\]]/g, ''));
  if (host?.includes(','))
    throw refused('names several hosts; name one, or an address that moves with the primary');
  const user = given('user') ?? part(url.username);
  const password = given('password') ?? part(url.password);
  const database = given('dbname') ?? part(url.pathname.replace(/^\//, ''));
  const port = wholeNumber('port', given('port') ?? part(url.port));
  const mode = sslMode(given('sslmode'), host);
  const binding = channelBinding(given('channel_binding'), mode);
  const timeout = wholeNumber('connect_timeout', given('connect_timeout'));
  const options = given('options');
  return {
    name: `postgres://${user === undefined ? '' : `${user}@`}${host ?? ''}${port === undefined ? '' : `:${port}`}/${database ?? ''}`,
    connectMs: (timeout ?? DEFAULT_CONNECT_TIMEOUT_SECONDS) * 1000,
    connections: wholeNumber('connections', given('connections')),
    isTlsOptional: mode === 'allow' || mode === 'prefer',
    bindsChannel: binding === 'require',
    driver: {
      ...(user === undefined ? {} : { user }),
      ...(password === undefined ? {} : { password }),
      ...(host === undefined ? {} : { host }),
      ...(port === undefined ? {} : { port }),
      ...(database === undefined ? {} : { database }),
      ssl: mode === 'disable' ? false : tlsOptions(mode, given),
      ...(given('sslnegotiation') === 'direct' ? { sslnegotiation: 'direct' } : {}),
      application_name: given('application_name') ?? 'alchemiscale',
      ...(options === undefined ? {} : { options }),
      enableChannelBinding: binding !== 'disable',
    },
  };
}

function parse(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw refused(
      'cannot be read: a user or password with other characters than letters and digits is written in percent code',
    );
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refused("has a '%' that is not followed by two hex digits");
  }
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,6}$/.test(text)) throw refused(`has '${text}' for ${name}, which is no number`);
  return Number(text);
}

function sslMode(given: string | undefined, host: string | undefined): SslMode {
  const mode = SSL_MODES.find(word => word === (given ?? 'prefer'));
  if (mode === undefined) throw refused(`has the sslmode '${given}'; there are ${SSL_MODES.join(', ')}`);
  // A socket of this machine's own needs no TLS.
  return host?.startsWith('/') ? 'disable' : mode;
}

function channelBinding(given: string | undefined, mode: SslMode): ChannelBinding {
  const binding = CHANNEL_BINDINGS.find(word => word === (given ?? 'disable'));
  if (binding === undefined)
    throw refused(`has the channel_binding '${given}'; there are ${CHANNEL_BINDINGS.join(', ')}`);
  if (binding === 'require' && mode === 'disable')
    throw refused('wants channel_binding=require, for which there must be TLS');
  return binding;
}

function tlsOptions(
  mode: Exclude<SslMode, 'disable'>,
  given: (name: string) => string | undefined,
): TlsOptions {
  const root = given('sslrootcert');
  const ca = root === undefined || root === 'system' ? undefined : fileAt('sslrootcert', root);
  if (mode === 'verify-ca' && ca === undefined) {
    throw refused(
      'wants sslmode=verify-ca without a sslrootcert: anybody with a public certificate would do',
    );
  }
  const certificate = given('sslcert');
  const key = given('sslkey');
  const passphrase = given('sslpassword');
  // As in libpq, `require` with a root certificate checks it.
  const checksChain = mode.startsWith('verify') || (mode === 'require' && ca !== undefined);
  return {
    rejectUnauthorized: checksChain,
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { cert: fileAt('sslcert', certificate) }),
    ...(key === undefined ? {} : { key: fileAt('sslkey', key) }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(mode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
  };
}

function fileAt(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new AlchemiscaleError('STORE_UNAVAILABLE', `${name}=${path} cannot be read`, { cause: error });
  }
}

function refused(sentence: string): AlchemiscaleError {
  return new AlchemiscaleError('BAD_REQUEST', `The URL of the PostgreSQL database ${sentence}`);
}
