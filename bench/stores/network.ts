// A large network is submitted and read back; what takes longer than the limit is left, and said to be.
import { AlchemiscaleClient } from '../../src/client/user.ts';
import { formatMs } from '../measure.ts';
import { syntheticChain } from '../synthetic-network.ts';
import type { Figure } from './figures.ts';
import type { Place } from './places.ts';

/** Submits and reads one network of `size` transformations on each server. */
export async function measureNetwork(
  places: readonly { readonly place: Place; readonly figures: Figure[] }[],
  { size, org, limitMs }: { readonly size: number; readonly org: string; readonly limitMs: number },
): Promise<void> {
  const chain = syntheticChain(size, 'large');
  const table = `A network of ${size.toLocaleString('en-US')} transformations, ${(chain.length / 1e6).toFixed(0)} MB`;
  for (const { place, figures } of places) {
    const client = new AlchemiscaleClient({ apiUrl: place.userUrl, ...place.user });
    await client.getInfo();
    let key: string | null = null;
    figures.push({
      table,
      row: 'submit',
      ...(await timed(limitMs, async signal => {
        key = String(await client.createNetwork(chain, `${org}-${place.name}-large`, { signal }));
      })),
    });
    if (key === null) continue;
    const network: string = key;
    figures.push({
      table,
      row: 'read',
      ...(await timed(limitMs, async signal => void (await client.getNetworkBytes(network, { signal })))),
    });
  }
}

async function timed(
  limitMs: number,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<Pick<Figure, 'text' | 'cost'>> {
  const start = performance.now();
  const signal = AbortSignal.timeout(limitMs);
  try {
    await work(signal);
    const cost = performance.now() - start;
    return { text: formatMs(cost), cost };
  } catch (error) {
    if (!signal.aborted) return { text: `failed: ${error instanceof Error ? error.message : String(error)}` };
    return { text: `stopped after ${Math.round(limitMs / 1000)} s` };
  }
}
