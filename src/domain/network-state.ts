// The state of an AlchemicalNetwork: a label for queries. It does not stop claiming (as in the original).

export const NETWORK_STATES = ['active', 'inactive', 'invalid', 'deleted'] as const;
export type NetworkState = (typeof NETWORK_STATES)[number];

export function isNetworkState(word: string): word is NetworkState {
  return (NETWORK_STATES as readonly string[]).includes(word);
}
