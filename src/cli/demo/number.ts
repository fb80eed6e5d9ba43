// Numbers as people read them: a true minus sign, and as many digits as the uncertainty supports.

const MINUS = '−';

/** Digits after the point that show the uncertainty to its second digit; 2 when there is none to go by. */
function decimals(uncertainty: number | null): number {
  if (uncertainty === null || !(uncertainty > 0) || !Number.isFinite(uncertainty)) return 2;
  return Math.min(6, Math.max(0, 1 - Math.floor(Math.log10(uncertainty))));
}

function withMinus(text: string): string {
  return text.replace('-', MINUS);
}

/** @example formatEstimate(-5.3211, 0.142) // '−5.32 ± 0.14' */
export function formatEstimate(value: number, uncertainty: number | null): string {
  const digits = decimals(uncertainty);
  const main = withMinus(value.toFixed(digits));
  return uncertainty === null ? main : `${main} ± ${uncertainty.toFixed(digits)}`;
}

/** @example formatNumber(2) // '2.00' */
export function formatNumber(value: number): string {
  return withMinus(value.toFixed(2));
}

/** @example formatDuration(83) // '1 min 23 s' */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${rest} s` : `${rest} s`;
}
