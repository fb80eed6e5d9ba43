// Part of AlchemiscaleClient: networks and what they are made of: store them, read them, label them.
import { AlchemiscaleError } from '../../domain/errors.ts';
import { isNetworkState, NETWORK_STATES, type NetworkState } from '../../domain/network-state.ts';
import { ScopedKey } from '../../domain/scoped-key.ts';
import { ChemicalSystem } from '../../gufe/chemical-system.ts';
import { encodeKeyedChain } from '../../gufe/keyed-chain.ts';
import { AlchemicalNetwork } from '../../gufe/network.ts';
import { type AnyTransformation, Transformation } from '../../gufe/transformation.ts';
import type { GufeObject } from '../../gufe/values.ts';
import { USER_ENDPOINTS } from '../../wire/user.ts';
import { concatJson, type EncodedBody, gzip, gzipLevel } from '../encode.ts';
import type { CallOptions } from '../http.ts';
import { type KeyLike, keyText, readKeysOrNull, type ScopeLike, toScope } from '../keys.ts';
import { readChain, readTransformation } from '../reading.ts';
import { ServiceClient } from '../service-client.ts';

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
    refuseUnknownState(state);
    const level = gzipLevel(compress);
    if (network instanceof AlchemicalNetwork) refuseSelfTransformations(network);
    const chain = network instanceof AlchemicalNetwork ? encodeKeyedChain(network) : network;
    const rest = JSON.stringify({ scope: target.toDict(), state }).slice(1);
    const json = concatJson('{"network": ', chain, `, ${rest}`);
    const encoded: EncodedBody =
      level === null ? { content: json } : { contentEncoding: 'gzip', content: await gzip(json, level) };
    return ScopedKey.fromDict(await this.transport.call(USER_ENDPOINTS.createNetwork, { encoded, signal }));
  }

  /** A network with all it refers to. */
  async getNetwork(network: KeyLike, options: DownloadOptions = {}): Promise<AlchemicalNetwork> {
    const key = keyText(network);
    return await this.#readNetwork(key, options, bytes =>
      readChain(AlchemicalNetwork, bytes, key, this.reading),
    );
  }

  /** A network's keyed chain as JSON text in UTF-8, exactly as it is stored. */
  async getNetworkBytes(network: KeyLike, options: DownloadOptions = {}): Promise<Uint8Array> {
    return await this.#readNetwork(keyText(network), options, bytes => bytes);
  }

  /** A transformation with all it refers to. */
  async getTransformation(
    transformation: KeyLike,
    options: DownloadOptions = {},
  ): Promise<AnyTransformation> {
    const key = keyText(transformation);
    return await this.#readTransformation(key, options, bytes =>
      readTransformation(bytes, key, this.reading),
    );
  }

  /** A transformation's keyed chain as JSON text in UTF-8, exactly as it is stored. */
  async getTransformationBytes(transformation: KeyLike, options: DownloadOptions = {}): Promise<Uint8Array> {
    return await this.#readTransformation(keyText(transformation), options, bytes => bytes);
  }

  /** A chemical system with all it refers to. */
  async getChemicalSystem(system: KeyLike, options: DownloadOptions = {}): Promise<ChemicalSystem> {
    const key = keyText(system);
    return await this.#readChemicalSystem(key, options, bytes =>
      readChain(ChemicalSystem, bytes, key, this.reading),
    );
  }

  /** A chemical system's keyed chain as JSON text in UTF-8, exactly as it is stored. */
  async getChemicalSystemBytes(system: KeyLike, options: DownloadOptions = {}): Promise<Uint8Array> {
    return await this.#readChemicalSystem(keyText(system), options, bytes => bytes);
  }

  /** Whether anything is stored under a key. */
  async checkExists(key: KeyLike, options: CallOptions = {}): Promise<boolean> {
    return await this.transport.call(USER_ENDPOINTS.checkExists, {
      params: { key: keyText(key) },
      ...options,
    });
  }

  /**
   * The key that an object has in a scope; nothing is sent.
   *
   * @deprecated It says nothing of what is stored, and the service may know an object under the key of another generation of
   * gufe: keep the key that `createNetwork` gave, or query for it.
   */
  getScopedKey(object: GufeObject, scope: ScopeLike): ScopedKey {
    return new ScopedKey(object.key, toScope(scope));
  }

  /** The state of a network; null when there is none such. */
  async getNetworkState(network: KeyLike, options: CallOptions = {}): Promise<NetworkState | null> {
    const [state = null] = await this.getNetworksState([network], options);
    return state;
  }

  /** The states of networks, aligned with the input; null where there is none such. */
  async getNetworksState(
    networks: readonly KeyLike[],
    options: CallOptions = {},
  ): Promise<(NetworkState | null)[]> {
    const body = { networks: networks.map(keyText) };
    const states = await this.transport.call(USER_ENDPOINTS.getNetworksState, { body, ...options });
    return states as (NetworkState | null)[];
  }

  /** Labels a network for queries; it does not stop claiming. Null when there is none such. */
  async setNetworkState(
    network: KeyLike,
    state: NetworkState,
    options: CallOptions = {},
  ): Promise<ScopedKey | null> {
    const [key = null] = await this.setNetworksState([network], [state], options);
    return key;
  }

  /** Labels networks, aligned, all or none; null in the answer where there is none such. */
  async setNetworksState(
    networks: readonly KeyLike[],
    states: readonly NetworkState[],
    options: CallOptions = {},
  ): Promise<(ScopedKey | null)[]> {
    if (networks.length !== states.length) {
      throw badRequest(`states must be as long as networks: ${states.length} against ${networks.length}`);
    }
    states.forEach(refuseUnknownState);
    const body = { networks: networks.map(keyText), states: [...states] };
    return readKeysOrNull(await this.transport.call(USER_ENDPOINTS.setNetworksState, { body, ...options }));
  }

  async #readNetwork<T>(key: string, options: DownloadOptions, decode: (bytes: Uint8Array) => T): Promise<T> {
    const request = { params: { network: key }, ...download(options) };
    const fetch = () => this.transport.bytes(USER_ENDPOINTS.getNetwork, request);
    return await this.kept.read(key, fetch, decode, options.signal);
  }

  async #readTransformation<T>(
    key: string,
    options: DownloadOptions,
    decode: (bytes: Uint8Array) => T,
  ): Promise<T> {
    const request = { params: { transformation: key }, ...download(options) };
    const fetch = () => this.transport.bytes(USER_ENDPOINTS.getTransformation, request);
    return await this.kept.read(key, fetch, decode, options.signal);
  }

  async #readChemicalSystem<T>(
    key: string,
    options: DownloadOptions,
    decode: (bytes: Uint8Array) => T,
  ): Promise<T> {
    const request = { params: { chemicalsystem: key }, ...download(options) };
    const fetch = () => this.transport.bytes(USER_ENDPOINTS.getChemicalSystem, request);
    return await this.kept.read(key, fetch, decode, options.signal);
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

function refuseUnknownState(state: string): void {
  if (isNetworkState(state)) return;
  throw badRequest(`'${state}' is not a valid state. Valid values include: ${NETWORK_STATES.join(', ')}`);
}

function download(options: DownloadOptions): { uncompressed: boolean; signal: AbortSignal | undefined } {
  return { uncompressed: options.compress === false, signal: options.signal };
}

function badRequest(message: string): AlchemiscaleError {
  return new AlchemiscaleError('BAD_REQUEST', message);
}
