// Where a result's bytes lie in the object store; the same path as in the original's bucket.
import type { ScopedKey } from './scoped-key.ts';

/** The location of the zstd frame of a ProtocolDAGResult's keyed chain. */
export function resultLocation(transformation: ScopedKey, objKey: string, ok: boolean): string {
  const { org, campaign, project } = transformation.scope;
  const folder = ok ? 'results' : 'failures';
  return `protocoldagresult/${org}/${campaign}/${project}/${transformation.gufeKey}/${folder}/${objKey}/obj.json.zst`;
}
