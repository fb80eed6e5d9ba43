// Compute managers start compute services where compute is. One registration a name.

export const MANAGER_STATUSES = ['OK', 'ERROR'] as const;
export type ManagerStatus = (typeof MANAGER_STATUSES)[number];

/** A manager that has not reported for this long is forgotten. */
export const DEFAULT_MANAGER_EXPIRE_SECONDS = 3600;
/** One in ERROR is kept longer, so that somebody sees why. */
export const DEFAULT_MANAGER_EXPIRE_SECONDS_ERROR = 86_400;
