// Compute managers start compute services where compute is. One registration a name.
import { AlchemiscaleError } from './errors.ts';

const MANAGER_STATUSES = ['OK', 'ERROR'] as const;
export type ManagerStatus = (typeof MANAGER_STATUSES)[number];

/** A manager that has not reported for this long is forgotten. */
export const DEFAULT_MANAGER_EXPIRE_SECONDS = 3600;
/** One in ERROR is kept longer, so that somebody sees why. */
export const DEFAULT_MANAGER_EXPIRE_SECONDS_ERROR = 86_400;

/** What a manager reports about itself; `detail` only with ERROR, `saturation` only with OK. */
export interface ManagerReport {
  readonly status: ManagerStatus;
  readonly detail: string | null;
  /** Services over the most it may have, 0 to 1. */
  readonly saturation: number | null;
}

/** Checks a report. Throws BAD_REQUEST in the words that clients of the original know. */
export function readManagerReport(report: {
  readonly status: string;
  readonly detail: string | null;
  readonly saturation: number | null;
}): ManagerReport {
  const { status, saturation } = report;
  const detail = report.detail === '' ? null : report.detail;
  if (!isManagerStatus(status)) throw refused(`"${status}" is not a valid ComputeManagerStatus`);
  if (status === 'OK') {
    if (saturation === null) throw refused("saturation is required for the 'OK' status");
    if (detail !== null) throw refused("detail should only be provided for the 'ERROR' status");
    if (!(saturation >= 0 && saturation <= 1)) throw refused('saturation must be between 0 and 1');
  } else {
    if (saturation !== null) throw refused("saturation should only be provided for the 'OK' status");
    if (detail === null) throw refused("detail is required for the 'ERROR' status");
  }
  return { status, detail, saturation };
}

function isManagerStatus(word: string): word is ManagerStatus {
  return (MANAGER_STATUSES as readonly string[]).includes(word);
}

function refused(why: string): AlchemiscaleError {
  return new AlchemiscaleError('BAD_REQUEST', why);
}
