// `alchemiscale network check`: what would fail or surprise, before anything is sent.
import { error, type Finding, nameOf, warning } from '../../chem/check/finding.ts';
import { checkNetwork } from '../../chem/index.ts';
import { AlchemiscaleError } from '../../domain/errors.ts';
import { alchemiscaleKeyRule } from '../../domain/key-rules.ts';
import { readSubmission } from '../../domain/submission.ts';
import { GufeError } from '../../gufe/error.ts';
import { decodeGufe } from '../../gufe/forms.ts';
import { KeyChecker } from '../../gufe/key-check.ts';
import { encodeKeyedChain } from '../../gufe/keyed-chain.ts';
import { AlchemicalNetwork } from '../../gufe/network.ts';
import { keyedChainEntries } from '../../lib/json-scan.ts';
import { PROTOCOL_REGISTRY } from '../../protocols/registry.ts';
import { inFile, OWN_FILES, readBytesFile } from '../gufe-files.ts';

export interface CheckedNetwork {
  readonly network: AlchemicalNetwork;
  /** Errors first. */
  readonly findings: readonly Finding[];
}

/** Throws a GufeError where the file cannot be read or holds something else than a network. */
export async function checkNetworkFile(path: string): Promise<CheckedNetwork> {
  const bytes = await readBytesFile(path);
  const network = readNetwork(path, bytes);
  const chain = isJsonList(bytes) ? bytes : null;
  const found = await checkNetwork(network);
  const refused = found.some(({ code }) => code === 'self-transformation')
    ? []
    : submissionFindings(network, chain ?? encodeKeyedChain(network));
  const keys = chain === null ? [] : keyFindings(chain);
  const errors = [...refused, ...found.filter(({ level }) => level === 'error')];
  return { network, findings: [...errors, ...keys, ...found.filter(({ level }) => level !== 'error')] };
}

function readNetwork(path: string, bytes: Uint8Array): AlchemicalNetwork {
  try {
    const object = decodeGufe(bytes, { ...OWN_FILES, registry: PROTOCOL_REGISTRY });
    if (object instanceof AlchemicalNetwork) return object;
    const hint =
      object.qualname === 'LigandNetwork'
        ? "; 'alchemiscale network build --plan graphml FILE' makes one of it"
        : '';
    throw new GufeError(`${object.key} is not an AlchemicalNetwork${hint}`);
  } catch (thrown) {
    throw inFile(path, thrown);
  }
}

const BLANKS: readonly number[] = [0x20, 0x0a, 0x0d, 0x09];

/** A keyed chain; full dicts and MessagePack state no keys that would be sent. */
function isJsonList(bytes: Uint8Array): boolean {
  return bytes.find(byte => !BLANKS.includes(byte)) === 0x5b;
}

/** The server's own reading. */
function submissionFindings(network: AlchemicalNetwork, chain: Uint8Array): readonly Finding[] {
  try {
    for (const _ of readSubmission(chain));
    return [];
  } catch (cause) {
    if (!(cause instanceof AlchemiscaleError)) throw cause;
    return [error('not-accepted', nameOf(network), cause.message)];
  }
}

function keyFindings(chain: Uint8Array): readonly Finding[] {
  const checker = new KeyChecker({ rules: alchemiscaleKeyRule });
  return [...keyedChainEntries(chain)]
    .map(entry => checker.check(entry))
    .filter(({ ok }) => ok === false)
    .map(({ key, recomputed, hint }) => {
      const text = `the content has the key ${recomputed ?? 'of another class'} today${hint ? `: ${hint}` : ''}`;
      return warning('key-differs', key, text);
    });
}
