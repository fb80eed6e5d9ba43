// What a network carries beside its objects, a weight and a state: both are read and set for lists of networks, aligned.
import type { NetworkState } from '../../domain/network-state.ts';
import type { Key } from '../state-store.ts';
import { type Connection, list, statement } from './database.ts';
import { findObjects } from './keys.ts';

/** Reads and sets one column of networks. */
export interface NetworkSetting<T> {
  /** Aligned; null for an unknown network. */
  get(connection: Connection, networks: readonly Key[]): Promise<readonly (T | null)[]>;
  /** Aligned; null for an unknown network, which changes nothing. */
  set(
    connection: Connection,
    networks: readonly Key[],
    values: readonly T[],
  ): Promise<readonly (Key | null)[]>;
}

export const WEIGHT: NetworkSetting<number> = networkSetting(
  'SELECT id, weight AS value FROM network WHERE id IN numbers(?)',
  'UPDATE network SET weight = ? WHERE id = ?',
);

export const STATE: NetworkSetting<NetworkState> = networkSetting(
  'SELECT id, state AS value FROM network WHERE id IN numbers(?)',
  'UPDATE network SET state = ? WHERE id = ?',
);

function networkSetting<T extends string | number>(read: string, write: string): NetworkSetting<T> {
  const ask = statement<[networks: string], { readonly id: number; readonly value: T }>(read);
  return {
    async get(connection, networks) {
      const found = await findObjects(connection, networks, 'network');
      const ids = list([...found.values()].map(({ id }) => id));
      const values = new Map((await connection.all(ask(ids))).map(({ id, value }) => [id, value]));
      return networks.map(network => values.get(found.get(network)?.id ?? -1) ?? null);
    },
    async set(connection, networks, values) {
      const found = await findObjects(connection, networks, 'network');
      const changes: [value: T, network: number][] = [];
      for (const [place, network] of networks.entries()) {
        const row = found.get(network);
        const value = values[place];
        if (row !== undefined && value !== undefined) changes.push([value, row.id]);
      }
      // In the order of their rows, which is that of locks.
      changes.sort(([, a], [, b]) => a - b);
      await connection.runEach(write, changes);
      return networks.map(network => (found.has(network) ? network : null));
    },
  };
}
