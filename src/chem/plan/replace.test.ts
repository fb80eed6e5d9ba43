// The same plan with other versions of its molecules.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import type { SmallMoleculeComponent } from '../../gufe/components/small-molecule.ts';
import type { LigandNetwork } from '../../gufe/ligand-network.ts';
import { readSdf } from '../sdf.ts';
import { planLigandNetwork } from './ligand-network.ts';
import { replaceMolecules } from './replace.ts';

let series: readonly SmallMoleculeComponent[];
let network: LigandNetwork;
before(async () => {
  const text = readFileSync(new URL('../../../examples/ligands.sdf', import.meta.url), 'utf8');
  series = (await readSdf(text)).slice(0, 3);
  ({ network } = await planLigandNetwork(series, { plan: { kind: 'mst' } }));
});

const renamed = (name: string, like: SmallMoleculeComponent): SmallMoleculeComponent =>
  like.copyWithReplacements({ molprops: { 'ofe-name': name } });

test('with charges: other keys, the same mappings', async () => {
  const charged = series.map(molecule =>
    molecule.copyWithReplacements({ molprops: { 'ofe-name': molecule.name, charges: 'other' } }),
  );
  const replaced = await replaceMolecules(network, charged);
  assert.notEqual(replaced.key, network.key);
  assert.deepEqual(replaced.nodes.map(({ key }) => key).sort(), charged.map(({ key }) => key).sort());
  const facts = ({ edges }: LigandNetwork): readonly string[] =>
    edges.map(({ atoms, annotations }) => `${[...atoms].join(' ')} ${annotations.get('score')}`).sort();
  assert.deepEqual(facts(replaced), facts(network));
});

test('with the same molecules: the same network', async () => {
  assert.equal((await replaceMolecules(network, series)).key, network.key);
});

test('a molecule that is missing, or another one of the same name', async () => {
  const [first, second, third] = series as [
    SmallMoleculeComponent,
    SmallMoleculeComponent,
    SmallMoleculeComponent,
  ];
  await assert.rejects(
    replaceMolecules(network, [first, second]),
    /the plan has a molecule '4-chloro', the ligands have none of that name/,
  );
  await assert.rejects(
    replaceMolecules(network, [first, second, renamed(third.name, second)]),
    /'4-chloro' has other atoms or bonds, or the same in another order, than in the plan/,
  );
});
