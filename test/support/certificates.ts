// Certificates of a test's own, by the program `openssl`: an authority, and what it vouches for.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** PEM files. */
export interface Certified {
  readonly certificate: string;
  readonly key: string;
}

/** Why there can be none here; false when there can. */
export const NO_OPENSSL: string | false = (() => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return false;
  } catch {
    return 'the program openssl is not installed: apt-get install openssl';
  }
})();

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** An authority that nobody else trusts. */
export function makeAuthority(folder: string, name: string): Certified {
  const [certificate, key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
  openssl(
    'req',
    '-x509',
    ...NEW_KEY,
    '-days',
    '2',
    '-subj',
    `/CN=${name}`,
    '-keyout',
    key,
    '-out',
    certificate,
  );
  return { certificate, key };
}

/** A certificate for a name: of a host, or of a person. */
export function certify(folder: string, authority: Certified, name: string): Certified {
  const file = (ending: string): string => join(folder, `${name}.${ending}`);
  const [certificate, key] = [file('crt'), file('key')];
  writeFileSync(file('ext'), `subjectAltName=DNS:${name}\n`);
  openssl('req', ...NEW_KEY, '-subj', `/CN=${name}`, '-keyout', key, '-out', file('csr'));
  const by = ['-CA', authority.certificate, '-CAkey', authority.key, '-CAcreateserial'];
  openssl(
    'x509',
    '-req',
    '-in',
    file('csr'),
    ...by,
    '-days',
    '2',
    '-extfile',
    file('ext'),
    '-out',
    certificate,
  );
  return { certificate, key };
}
