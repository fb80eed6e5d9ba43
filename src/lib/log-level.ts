// Log levels by the names Python programs use, in any case, and what they are called here.

/** The levels of `pino`, most severe first. */
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

const BY_NAME: Readonly<Record<string, LogLevel>> = {
  critical: 'fatal',
  fatal: 'fatal',
  error: 'error',
  warning: 'warn',
  warn: 'warn',
  info: 'info',
  debug: 'debug',
  trace: 'trace',
  notset: 'trace',
};

/** The names a refusal may list. */
export const LOG_LEVEL_NAMES = 'critical, error, warning, info, debug';

/** @example parseLogLevel('WARN') // 'warn'; null for a word that is no level */
export function parseLogLevel(name: string): LogLevel | null {
  const key = name.toLowerCase();
  return Object.hasOwn(BY_NAME, key) ? (BY_NAME[key] ?? null) : null;
}
