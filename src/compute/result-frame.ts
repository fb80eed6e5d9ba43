// A result as it is sent: a zstd frame of its keyed chain. One that cannot be written (outputs that make a text longer than
// any string may be) would leave its task running for ever; so a failure that says why goes in its place.
import { GufeError } from '../gufe/error.ts';
import { encodeKeyedChain } from '../gufe/keyed-chain.ts';
import type { ProtocolDAGResult } from '../gufe/protocol/result.ts';
import type { Zstd } from '../lib/zstd.ts';
import { creationFailure } from './creation-failure.ts';

/** The frame of a result, or of the failure that stands for it; `onFailure` hears of the latter. */
export function frameOfResult(
  result: ProtocolDAGResult,
  zstd: Pick<Zstd, 'compress'>,
  onFailure: (cause: unknown) => void,
): Uint8Array {
  const startTime = new Date();
  try {
    return zstd.compress(encodeKeyedChain(result));
  } catch (cause) {
    onFailure(cause);
    const why = cause instanceof Error ? cause.message : String(cause);
    const failure = creationFailure({
      task: result.name ?? '',
      transformationKey: result.transformationKey,
      extendsKey: result.extendsKey,
      step: 'write the result',
      error: new GufeError(`the result cannot be written: ${why}`, { cause }),
      startTime,
      endTime: new Date(),
    });
    return zstd.compress(encodeKeyedChain(failure));
  }
}
