// `alchemiscale strategy propose`: what a strategy makes of a network and results that lie in files. Nothing is asked of a
// server, and no protocol need be known.
import { GufeError } from '../../gufe/error.ts';
import { decodeGufe, isMsgpackArray } from '../../gufe/forms.ts';
import { AlchemicalNetwork } from '../../gufe/network.ts';
import { OpaqueTokenizable } from '../../gufe/opaque.ts';
import { readDictNetworkShape } from '../../gufe/strategy/dict-network-shape.ts';
import { type NetworkEstimates, progressOfRepeats, readEstimates } from '../../gufe/strategy/estimates.ts';
import {
  type NetworkShape,
  readMsgpackNetworkShape,
  readNetworkShape,
} from '../../gufe/strategy/network-shape.ts';
import { edgesOf } from '../../gufe/strategy/state-graph.ts';
import { Strategy, type WeightReason } from '../../gufe/strategy/strategy.ts';
import { StrategyResult } from '../../gufe/strategy/strategy-result.ts';
import type { GufeObject } from '../../gufe/values.ts';
import { inFile, nameOf, OWN_FILES, readBytesFile, readFileByForm, readObjectFile } from '../gufe-files.ts';
import { tableLines } from './table.ts';

/** Where the parts lie; `-` is standard input. */
export interface ProposalFiles {
  readonly network: string;
  readonly estimates: string;
  readonly strategy: string;
}

/** A proposal, and what it was made from. */
export interface Proposal {
  readonly networkKey: string;
  readonly strategyKey: string;
  readonly estimates: NetworkEstimates;
  /** By key of the transformation, in order of key. */
  readonly weights: ReadonlyMap<string, WeightReason>;
  readonly result: StrategyResult;
}

/** Throws a GufeError that names the file where one cannot be read, or where they do not fit together. */
export async function proposeFromFiles(files: ProposalFiles): Promise<Proposal> {
  const strategy = await readStrategyFile(files.strategy);
  const network = await readNetworkFile(files.network);
  const estimates = await readEstimatesFile(files.estimates, network);
  const progress = new Map(
    [...estimates].map(([key, repeats]) => [key, progressOfRepeats(repeats)] as const),
  );
  const explained = strategy.explain(network.edges, progress);
  const weights = new Map([...explained].sort(([a], [b]) => (a < b ? -1 : 1)));
  const result = new StrategyResult(new Map([...weights].map(([key, { weight }]) => [key, weight] as const)));
  return { networkKey: network.key, strategyKey: strategy.key, estimates, weights, result };
}

async function readNetworkFile(path: string): Promise<NetworkShape> {
  const network = await readFileByForm(path, {
    jsonChain: readNetworkShape,
    other: bytes => {
      if (isMsgpackArray(bytes[0])) return readMsgpackNetworkShape(bytes);
      const shape = readDictNetworkShape(bytes, OWN_FILES);
      if (shape !== null) return shape;
      const object = decodeGufe(bytes, OWN_FILES);
      if (object instanceof AlchemicalNetwork) return { key: object.key, edges: edgesOf(object) };
      throw new GufeError(`expected AlchemicalNetwork, got ${object.key}`);
    },
  });
  if (network.edges.length > 0) return network;
  throw new GufeError(
    `${nameOf(path)}: ${network.key} has no transformations, so there is nothing to propose`,
  );
}

async function readStrategyFile(path: string): Promise<Strategy> {
  const object: GufeObject = await readObjectFile(path);
  if (object instanceof Strategy) return object;
  if (object instanceof OpaqueTokenizable) {
    const what = `${object.module}.${object.qualname}`;
    throw new GufeError(
      `${nameOf(path)}: the class ${what} cannot be read here (${object.why}); strategies known here are ConnectivityStrategy and RadialGrowthStrategy`,
    );
  }
  throw new GufeError(`${nameOf(path)}: expected a strategy, got ${object.key}`);
}

async function readEstimatesFile(path: string, network: NetworkShape): Promise<NetworkEstimates> {
  const bytes = await readBytesFile(path);
  try {
    const estimates = readEstimates(bytes);
    refuseStrangers(estimates, network);
    return estimates;
  } catch (error) {
    throw inFile(path, error);
  }
}

/** Results of what is not in the network would be passed over in silence: a wrong file, or keys of another kind. */
function refuseStrangers(estimates: NetworkEstimates, network: NetworkShape): void {
  const known = new Set(network.edges.map(({ key }) => key));
  const strangers = [...estimates.keys()].filter(key => !known.has(key));
  const [first, ...others] = strangers;
  if (first === undefined) return;
  const [, unscoped = ''] = /^([^-]+-[^-]+)-/.exec(first) ?? [];
  const why = known.has(unscoped)
    ? `a scoped key, which must be given as '${unscoped}'`
    : `no transformation of ${network.key}`;
  const more = others.length === 0 ? '' : `, and ${others.length} more like it`;
  throw new GufeError(`'${first}' is ${why}${more}`, { path: first });
}

/** How the proposal is shown to people: one line a transformation, the most urgent first. */
export function proposalLines(proposal: Proposal): readonly string[] {
  const { result, weights, estimates } = proposal;
  const shares = result.resolve();
  const rows = [...weights].map(([key, { weight, reason }]) => {
    const share = shares.get(key) ?? null;
    return { key, order: weight === null ? -1 : Number(weight), weight, share, reason };
  });
  // Ties stay in order of key.
  rows.sort((a, b) => b.order - a.order);
  const lines = tableLines(
    ['weight', 'share', 'results'],
    rows.map(({ key, weight, share, reason }) => ({
      cells: [
        weight === null ? 'never' : formatWeight(Number(weight)),
        share === null ? '' : `${(share * 100).toFixed(2)} %`,
        String(estimates.get(key)?.length ?? 0),
      ],
      key,
      name: null,
      reason,
    })),
  );
  return [...lines, summaryOf(proposal)];
}

function formatWeight(weight: number): string {
  return String(Number(weight.toPrecision(4)));
}

function summaryOf({ weights, strategyKey, networkKey }: Proposal): string {
  const all = [...weights.values()].map(({ weight }) => (weight === null ? null : Number(weight)));
  const never = all.filter(weight => weight === null).length;
  const later = all.filter(weight => weight === 0).length;
  const counts = `${all.length - never - later} to run, ${later} not now, ${never} never again`;
  return `${strategyKey} on ${networkKey}: ${counts}`;
}
