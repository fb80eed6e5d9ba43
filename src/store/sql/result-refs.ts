// How references to results are named.
import { hash } from 'node:crypto';
import type { PushResult } from '../state-store.ts';

/** Names a result by what it is: the same push, said again, has the same name. */
export function refToken({ task, objKey, ok }: Pick<PushResult, 'task' | 'objKey' | 'ok'>): string {
  return hash('md5', `${task} ${objKey} ${ok}`, 'hex');
}
