// How the keys of objects follow from their keyed dicts for classes that are not gufe's own but whose rules are known:
// those of the original's state store, the strategies of stratocaster, protocols of openfe and of this package.
import { movedToday } from '../gufe/key-hints.ts';
import type { KeyRule } from '../gufe/key-rule.ts';
import type { JsonObject, JsonValue } from '../lib/json-value.ts';

const MODELS = 'alchemiscale.storage.models';

/** Hashed as they are, with nothing left out. */
const PLAIN: KeyRule = {};

const RULES: ReadonlyMap<string, KeyRule> = new Map<string, KeyRule>([
  [`${MODELS}:Task`, { stored: true }],
  [`${MODELS}:TaskHub`, { text: dict => textOf(dict, 'network') }],
  [`${MODELS}:NetworkMark`, { text: dict => textOf(dict, 'target') }],
  [
    `${MODELS}:TaskRestartPattern`,
    {
      text: dict => {
        const [pattern, hub] = [textOf(dict, 'pattern'), textOf(dict, 'taskhub_scoped_key')];
        return pattern === null || hub === null ? null : pattern + hub;
      },
    },
  ],
  [
    `${MODELS}:ProtocolDAGResultRef`,
    {
      defaults: new Map<string, JsonValue>([
        ['location', null],
        ['datetime_created', null],
        ['creator', null],
      ]),
    },
  ],
  [`${MODELS}:Tracebacks`, PLAIN],
  ['stratocaster.base.strategy:StrategyResult', PLAIN],
  ['stratocaster.strategies.connectivity:ConnectivityStrategy', PLAIN],
  ['stratocaster.strategies.radialgrowth:RadialGrowthStrategy', PLAIN],
]);

/** Protocols hash all their entries unless they say otherwise, and none of these does. */
const PROTOCOL_PACKAGES = ['openfe.protocols.', 'alchemiscale_ts.protocols.'];
const PROTOCOL: KeyRule = { today: movedToday };

/** The rule of a class, by its name and module; null when none is known here. */
export function alchemiscaleKeyRule(qualname: string, module: string): KeyRule | null {
  const rule = RULES.get(`${module}:${qualname}`);
  if (rule !== undefined) return rule;
  const isProtocol = qualname.endsWith('Protocol') && PROTOCOL_PACKAGES.some(name => module.startsWith(name));
  return isProtocol ? PROTOCOL : null;
}

function textOf(dict: JsonObject, name: string): string | null {
  const value = dict.get(name);
  return typeof value === 'string' ? value : null;
}
