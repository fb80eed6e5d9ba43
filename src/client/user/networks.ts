// Part of AlchemiscaleClient: networks and what they are made of, and how far their tasks are.
import { AlchemiscaleError } from '../../domain/errors.ts';
import { isNetworkState, NETWORK_STATES, type NetworkState } from '../../domain/network-state.ts';
import { ScopedKey } from '../../domain/scoped-key.ts';
import type { TaskStatus } from '../../domain/task-status.ts';
import { ChemicalSystem } from '../../gufe/chemical-system.ts';
import { encodeKeyedChain } from '../../gufe/keyed-chain.ts';
import { AlchemicalNetwork } from '../../gufe/network.ts';
import { type AnyTransformation, Transformation } from '../../gufe/transformation.ts';
import { USER_ENDPOINTS } from '../../wire/user.ts';
import { type EncodedBody, gzip, gzipLevel } from '../encode.ts';
import type { CallOptions } from '../http.ts';
import { type KeyLike, keyText, readKeys, type ScopeLike, toScope } from '../keys.ts';
import { readChain, readTransformation } from '../reading.ts';
import { ServiceClient } from '../service-client.ts';

/** How many tasks are in each status; a status without tasks is absent. */
export type StatusCounts = Partial<Record<TaskStatus, number>>;

export interface CreateNetworkOptions extends CallOptions {
  /** A label for queries; it does not stop claiming. `active` by default. */
  readonly state?: NetworkState;
  /** True, false, or a gzip level 0..9; true by default, which is level 5. */
  readonly compress?: boolean | number;
}

export interface DownloadOptions extends CallOptions {
  /** Whether the answer may travel compressed; true by default. Without it a service on the same machine is faster. */
  readonly compress?: boolean;
}

export class NetworkMethods extends ServiceClient {
  /**
   * Stores a network, and all it refers to, in a scope. Takes an AlchemicalNetwork or a keyed chain as JSON bytes, which
   * is sent as it is. Storing what is there already is fine and gives the same key.
   */
  async createNetwork(
    network: AlchemicalNetwork | Uint8Array,
    scope: ScopeLike,
    options: CreateNetworkOptions = {},
  ): Promise<ScopedKey> {
    const { state = 'active', compress = true, signal } = options;
    const target = toScope(scope);
    if (!target.isSpecific)
      throw badRequest(`a network is stored in one scope, without wildcards; got ${target}`);
    if (!isNetworkState(state)) {
      throw badRequest(`'${state}' is not a valid state. Valid values include: ${NETWORK_STATES.join(', ')}`);
    }
    const level = gzipLevel(compress);
    if (network instanceof AlchemicalNetwork) refuseSelfTransformations(network);
    const chain = network instanceof AlchemicalNetwork ? encodeKeyedChain(network) : network;
    const rest = JSON.stringify({ scope: target.toDict(), state }).slice(1);
    const json = concat(utf8('{"network": '), chain, utf8(`, ${rest}`));
    const encoded: EncodedBody =
      level === null ? { content: json } : { contentEncoding: 'gzip', content: await gzip(json, level) };
    return ScopedKey.fromDict(await this.transport.call(USER_ENDPOINTS.createNetwork, { encoded, signal }));
  }

  /** A network with all it refers to. */
  async getNetwork(network: KeyLike, options: DownloadOptions = {}): Promise<AlchemicalNetwork> {
    return readChain(
      AlchemicalNetwork,
      await this.getNetworkBytes(network, options),
      keyText(network),
      this.reading,
    );
  }

  /** A network's keyed chain as JSON text in UTF-8, exactly as it is stored. */
  async getNetworkBytes(network: KeyLike, options: DownloadOptions = {}): Promise<Uint8Array> {
    const params = { network: keyText(network) };
    return await this.transport.bytes(USER_ENDPOINTS.getNetwork, { params, ...download(options) });
  }

  /** A transformation with all it refers to. */
  async getTransformation(
    transformation: KeyLike,
    options: DownloadOptions = {},
  ): Promise<AnyTransformation> {
    const bytes = await this.getTransformationBytes(transformation, options);
    return readTransformation(bytes, keyText(transformation), this.reading);
  }

  /** A transformation's keyed chain as JSON text in UTF-8, exactly as it is stored. */
  async getTransformationBytes(transformation: KeyLike, options: DownloadOptions = {}): Promise<Uint8Array> {
    const params = { transformation: keyText(transformation) };
    return await this.transport.bytes(USER_ENDPOINTS.getTransformation, { params, ...download(options) });
  }

  /** A chemical system with all it refers to. */
  async getChemicalSystem(system: KeyLike, options: DownloadOptions = {}): Promise<ChemicalSystem> {
    const bytes = await this.getChemicalSystemBytes(system, options);
    return readChain(ChemicalSystem, bytes, keyText(system), this.reading);
  }

  /** A chemical system's keyed chain as JSON text in UTF-8, exactly as it is stored. */
  async getChemicalSystemBytes(system: KeyLike, options: DownloadOptions = {}): Promise<Uint8Array> {
    const params = { chemicalsystem: keyText(system) };
    return await this.transport.bytes(USER_ENDPOINTS.getChemicalSystem, { params, ...download(options) });
  }

  /** Whether anything is stored under a key. */
  async checkExists(key: KeyLike, options: CallOptions = {}): Promise<boolean> {
    return await this.transport.call(USER_ENDPOINTS.checkExists, {
      params: { key: keyText(key) },
      ...options,
    });
  }

  /** The transformations of a network. */
  async getNetworkTransformations(network: KeyLike, options: CallOptions = {}): Promise<ScopedKey[]> {
    const params = { network: keyText(network) };
    return readKeys(
      await this.transport.call(USER_ENDPOINTS.getNetworkTransformations, { params, ...options }),
    );
  }

  /**
   * Task counts by status in a scope (everything you may see by default). Only networks in `networkState` count: a state
   * or a regular expression over states, `active` by default, null for all.
   */
  async getScopeStatus(
    scope: ScopeLike = '*-*-*',
    options: CallOptions & { readonly networkState?: NetworkState | (string & {}) | null | undefined } = {},
  ): Promise<StatusCounts> {
    const { networkState = 'active', signal } = options;
    const params = { scope: toScope(scope).toString() };
    const query = networkState === null ? {} : { network_state: networkState };
    return await this.transport.call(USER_ENDPOINTS.getScopeStatus, { params, query, signal });
  }

  /** Task counts by status of a network. */
  async getNetworkStatus(network: KeyLike, options: CallOptions = {}): Promise<StatusCounts> {
    const params = { network: keyText(network) };
    return await this.transport.call(USER_ENDPOINTS.getNetworkStatus, { params, ...options });
  }

  /** Task counts by status of networks, aligned with the input. */
  async getNetworksStatus(networks: readonly KeyLike[], options: CallOptions = {}): Promise<StatusCounts[]> {
    const body = { networks: networks.map(keyText) };
    return await this.transport.call(USER_ENDPOINTS.getNetworksStatus, { body, ...options });
  }

  /** Task counts by status of a transformation. */
  async getTransformationStatus(transformation: KeyLike, options: CallOptions = {}): Promise<StatusCounts> {
    const params = { transformation: keyText(transformation) };
    return await this.transport.call(USER_ENDPOINTS.getTransformationStatus, { params, ...options });
  }
}

/** Python clients refuse these too: a transformation of a system into itself says nothing. */
function refuseSelfTransformations(network: AlchemicalNetwork): void {
  for (const edge of network.edges) {
    if (edge instanceof Transformation && edge.stateA.equals(edge.stateB)) {
      throw badRequest(
        `${edge.key} transforms ${edge.stateA.key} into itself; use a NonTransformation instead`,
      );
    }
  }
}

function download(options: DownloadOptions): { uncompressed: boolean; signal: AbortSignal | undefined } {
  return { uncompressed: options.compress === false, signal: options.signal };
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.byteLength;
  }
  return joined;
}

function badRequest(message: string): AlchemiscaleError {
  return new AlchemiscaleError('BAD_REQUEST', message);
}
