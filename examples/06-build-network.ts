// Build: a network of relative binding free energies from files of molecules, without a server. The ligands are a small series,
// the "protein" a peptide beside them; `alchemiscale network build` does the same from the command line.
import { readFile, writeFile } from 'node:fs/promises';
import {
  ProteinComponent,
  rbfeNetwork,
  relativeHybridTopologyProtocol,
  SolventComponent,
} from 'alchemiscale';
import { checkNetwork, planLigandNetwork, readSdf } from 'alchemiscale/chem';

const here = (file: string): URL => new URL(file, import.meta.url);
const [out = 'network.json'] = process.argv.slice(2);

const ligands = await readSdf(await readFile(here('ligands.sdf'), 'utf8'));
const protein = ProteinComponent.fromPdb(await readFile(here('peptide.pdb'), 'utf8'), { name: 'peptide' });

const planned = await planLigandNetwork(ligands, { plan: { kind: 'star', hub: 'benzanilide' } });
for (const edge of planned.network.edges) {
  console.error(`${edge.atoms.size} atoms mapped, score ${edge.annotations.get('score')}`);
}

const network = rbfeNetwork(planned.network, {
  protein,
  solvent: new SolventComponent(),
  protocol: relativeHybridTopologyProtocol({ protocol_repeats: 1 }),
});

for (const finding of await checkNetwork(network)) console.error(`${finding.about}: ${finding.text}`);
await writeFile(out, network.toJson());
console.log(`${network.key}: ${network.edges.length} transformations`);
