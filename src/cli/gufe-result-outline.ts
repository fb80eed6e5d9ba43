// The outcome of a run in lines: which units did their work, how long it took, what went wrong and where.
import type { ProtocolDAGResult } from '../gufe/protocol/result.ts';
import type { AnyUnitResult } from '../gufe/protocol/unit-result.ts';
import type { GufeObject } from '../gufe/values.ts';
import {
  countOf,
  entryLines,
  indented,
  nameOf,
  type OutlineOptions,
  section,
  valueText,
} from './gufe-outline-values.ts';

const TRACEBACK_LINES = 12;

/** All of a run. */
export function resultLines(result: ProtocolDAGResult, options: OutlineOptions): readonly string[] {
  const { protocolUnits: units, protocolUnitResults: attempts, failures } = result;
  return [
    `${result.ok ? 'ok' : 'failed'}: ${countOf(units, 'unit')}, ${countOf(attempts, 'attempt')}, ${failures.length} of them failed`,
    `transformation: ${result.transformationKey ?? 'none'}`,
    ...(result.extendsKey === null ? [] : [`extends: ${result.extendsKey}`]),
    ...section('units', byUrgency(units, attempts), options, unit => unitLines(unit, attempts)),
  ];
}

/** Those that failed, those that were not run, those that succeeded; each in the order of the run. */
function byUrgency(units: readonly GufeObject[], attempts: readonly AnyUnitResult[]): readonly GufeObject[] {
  const urgency = { failed: 0, 'not run': 1, ok: 2 };
  const rank = new Map(units.map(unit => [unit.key, urgency[stateOf(attemptsAt(unit, attempts))]]));
  return units.toSorted((a, b) => (rank.get(a.key) ?? 0) - (rank.get(b.key) ?? 0));
}

function attemptsAt(unit: GufeObject, attempts: readonly AnyUnitResult[]): readonly AnyUnitResult[] {
  return attempts.filter(attempt => attempt.sourceKey === unit.key);
}

function stateOf(own: readonly AnyUnitResult[]): 'ok' | 'failed' | 'not run' {
  if (own.length === 0) return 'not run';
  return own.some(attempt => attempt.ok) ? 'ok' : 'failed';
}

function unitLines(unit: GufeObject, attempts: readonly AnyUnitResult[]): readonly string[] {
  const own = attemptsAt(unit, attempts);
  const name = nameOf(unit);
  const title = `${stateOf(own)}  ${name === '' ? '' : `'${name}'  `}${unit.key}`;
  const [only] = own;
  if (own.length === 1 && only?.ok === true) {
    return [`${title}${durationText(only)}`, ...indented(entryLines(only.outputs))];
  }
  const numbered = own.map((attempt, i) =>
    attemptLines(attempt, own.length === 1 ? '' : `attempt ${i + 1}: `),
  );
  return [title, ...indented(numbered.flat())];
}

function attemptLines(attempt: AnyUnitResult, head: string): readonly string[] {
  const took = durationText(attempt);
  if (attempt.ok) return [`${head}ok${took}`, ...indented(entryLines(attempt.outputs))];
  return [
    `${head}${exceptionText(attempt)}${took}`,
    ...indented(lastLines(attempt.traceback, TRACEBACK_LINES)),
  ];
}

/** One attempt at one unit. */
export function unitResultLines(attempt: AnyUnitResult): readonly string[] {
  return [`of ${attempt.sourceKey}`, ...attemptLines(attempt, '')];
}

function exceptionText(attempt: Extract<AnyUnitResult, { readonly ok: false }>): string {
  const { className, args } = attempt.exception;
  return `${className}(${args.map(valueText).join(', ')})`;
}

function durationText({ startTime, endTime }: AnyUnitResult): string {
  if (startTime === null || endTime === null) return '';
  const seconds = (endTime.toDate().getTime() - startTime.toDate().getTime()) / 1000;
  return `, ${seconds.toFixed(seconds < 10 ? 2 : 0)} s, from ${startTime.text}`;
}

/** The end of a traceback says most. */
function lastLines(text: string, count: number): readonly string[] {
  const lines = text.trimEnd().split(/\r?\n/);
  const kept = lines.slice(-count).map(line => line.replaceAll(/\p{Cc}+/gu, ' '));
  return lines.length > count ? [`… ${lines.length - count} lines before`, ...kept] : kept;
}
