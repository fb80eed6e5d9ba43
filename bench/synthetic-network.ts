// Networks of any size, shaped like real ones: each ligand in solvent is a state, and every state is joined to its next
// neighbors in a ring, which gives cycles and a constant number of edges a state.
import {
  AlchemicalNetwork,
  ChemicalSystem,
  encodeKeyedChain,
  SmallMoleculeComponent,
  SolventComponent,
  Transformation,
} from '../src/gufe/index.ts';
import { HarmonicProtocol } from '../src/protocols/harmonic/protocol.ts';

const EDGES_PER_STATE = 2;

/** A keyed chain with `transformations` edges; another `seed` gives other keys throughout. */
export function syntheticChain(transformations: number, seed: string): Uint8Array {
  return encodeKeyedChain(syntheticNetwork(transformations, seed));
}

/** The same as objects, none of which has computed its key. */
export function syntheticNetwork(transformations: number, seed: string): AlchemicalNetwork {
  const states = Array.from(
    { length: Math.max(3, Math.ceil(transformations / EDGES_PER_STATE)) },
    (_, index) => state(`${seed}-${index}`, index),
  );
  const protocol = new HarmonicProtocol();
  const edges = Array.from({ length: transformations }, (_, index) => {
    const from = index % states.length;
    const step = 1 + Math.floor(index / states.length);
    const [stateA, stateB] = [states[from], states[(from + step) % states.length]];
    if (stateA === undefined || stateB === undefined) throw new RangeError(`no states for edge ${index}`);
    return new Transformation({ stateA, stateB, protocol, name: `${seed}-${index}` });
  });
  return new AlchemicalNetwork({ edges, name: `${seed}-${transformations}` });
}

const SOLVENT = new SolventComponent();
const ATOMS = 30;

function state(name: string, index: number): ChemicalSystem {
  const atoms = Array.from({ length: ATOMS }, (_, atom) => ({ element: atom % 3 === 0 ? 'C' : 'O' }));
  const bonds = Array.from({ length: ATOMS - 1 }, (_, atom) => ({ begin: atom, end: atom + 1 }));
  const coordinates = atoms.map((_, atom) => [atom * 1.1 + index * 1e-6, atom % 2, 0.25 * atom] as const);
  return new ChemicalSystem(
    { ligand: SmallMoleculeComponent.fromAtoms({ name, atoms, bonds, coordinates }), solvent: SOLVENT },
    name,
  );
}
