// The settings of both services, compiled once into a frozen object in which nothing is missing. Only the command line
// reads the environment; this file knows no variable names.
import {
  DEFAULT_FORGIVE_SECONDS,
  DEFAULT_MAX_FAILURES,
  DEFAULT_REGISTRATION_EXPIRE_SECONDS,
} from '../domain/claim.ts';
import { AlchemiscaleError } from '../domain/errors.ts';
import { DEFAULT_MANAGER_EXPIRE_SECONDS, DEFAULT_MANAGER_EXPIRE_SECONDS_ERROR } from '../domain/manager.ts';

/** Algorithms that need only the shared secret. */
export const JWT_ALGORITHMS = ['HS256', 'HS384', 'HS512'] as const;
type JwtAlgorithm = (typeof JWT_ALGORITHMS)[number];

export interface JwtSettings {
  readonly secret: string;
  readonly algorithm: JwtAlgorithm;
  readonly expireSeconds: number;
}

export interface LoginSettings {
  /** How long a verified key is remembered, so that a burst of log-ins costs one bcrypt. */
  readonly rememberSeconds: number;
  /** More failed log-ins than this for one identity from one address in the window are answered 429. */
  readonly maxFailures: number;
  readonly windowSeconds: number;
}

/** Bytes, all counted after decompression but for `resultBytes`. */
export interface LimitSettings {
  /** A JSON body, which is parsed in one piece. */
  readonly bodyBytes: number;
  /** A submitted network, which is held in memory. */
  readonly networkBytes: number;
  /** A result as it is stored, compressed. */
  readonly resultBytes: number;
  /** The text of a result; it is only streamed through. */
  readonly resultTextBytes: number;
}

/** What both services need to know. */
export interface ServerSettings {
  readonly jwt: JwtSettings;
  readonly registrationExpireSeconds: number;
  /** After so long without a report a compute manager is forgotten; one in ERROR only later. */
  readonly managerExpireSeconds: number;
  readonly managerExpireSecondsError: number;
  readonly forgiveSeconds: number;
  readonly maxFailures: number;
  readonly logins: LoginSettings;
  readonly limits: LimitSettings;
  /** True behind a reverse proxy: addresses are then taken from `X-Forwarded-For`. */
  readonly trustProxy: boolean;
}

/** The settings before defaults; only the secret has none. */
export type ServerOptions = Partial<Omit<ServerSettings, 'jwt' | 'logins' | 'limits'>> & {
  readonly jwt: Partial<JwtSettings> & Pick<JwtSettings, 'secret'>;
  readonly logins?: Partial<LoginSettings>;
  readonly limits?: Partial<LimitSettings>;
};

const MIB = 1024 * 1024;

/** Fills in the defaults and freezes. Throws BAD_REQUEST for values that cannot work. */
export function compileServerSettings(options: ServerOptions): ServerSettings {
  const settings: ServerSettings = {
    registrationExpireSeconds: DEFAULT_REGISTRATION_EXPIRE_SECONDS,
    managerExpireSeconds: DEFAULT_MANAGER_EXPIRE_SECONDS,
    managerExpireSecondsError: DEFAULT_MANAGER_EXPIRE_SECONDS_ERROR,
    forgiveSeconds: DEFAULT_FORGIVE_SECONDS,
    maxFailures: DEFAULT_MAX_FAILURES,
    trustProxy: false,
    ...options,
    jwt: Object.freeze({ algorithm: 'HS256', expireSeconds: 1800, ...options.jwt }),
    logins: Object.freeze({ rememberSeconds: 60, maxFailures: 20, windowSeconds: 60, ...options.logins }),
    limits: Object.freeze({
      bodyBytes: 64 * MIB,
      networkBytes: 1024 * MIB,
      resultBytes: 4096 * MIB,
      resultTextBytes: 32_768 * MIB,
      ...options.limits,
    }),
  };
  if (settings.jwt.secret === '') throw new AlchemiscaleError('BAD_REQUEST', 'the JWT secret is empty');
  if (!JWT_ALGORITHMS.includes(settings.jwt.algorithm)) {
    throw new AlchemiscaleError(
      'BAD_REQUEST',
      `the JWT algorithm must be one of ${JWT_ALGORITHMS.join(', ')}, not '${settings.jwt.algorithm}'`,
    );
  }
  return Object.freeze(settings);
}
