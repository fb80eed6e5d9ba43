// Keys that the real gufe gave, object by object, and for each the text that it hashed: built here from scratch.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ToyProtocol, toySettings } from '../../test/support/toy-protocol.ts';
import {
  AlchemicalNetwork,
  ChemicalSystem,
  decodeKeyedChain,
  type GufeTokenizable,
  LigandAtomMapping,
  NonTransformation,
  Quantity,
  SmallMoleculeComponent,
  SolventComponent,
  Transformation,
} from './index.ts';
import { canonicalText } from './tokenize.ts';

function hashed(object: GufeTokenizable): string {
  return canonicalText(object.toKeyedDict(), object.defaults);
}

const water = new SolventComponent();
const systemA = new ChemicalSystem({ solvent: water });
const systemB = new ChemicalSystem({ solvent: water }, 'B');
const protocol = new ToyProtocol(toySettings(1n, 1));

describe('SolventComponent', () => {
  const facts: readonly (readonly [SolventComponent, string, string])[] = [
    [water, '26b4034ad9dbd9f908dfc298ea8d449f', '"ion_concentration": "0.15 molar"}'],
    [
      new SolventComponent({ neutralize: false }),
      '2df0b205fd930ecef2045e916f1577dc',
      '"ion_concentration": "0.15 molar", "neutralize": false}',
    ],
    [
      new SolventComponent({ positiveIon: 'k', ionConcentration: new Quantity(0, 'molar') }),
      'e0e47f56b43717156128ad4ae2d49897',
      '"ion_concentration": "0.0 molar", "positive_ion": "K+"}',
    ],
    [
      new SolventComponent({ positiveIon: 'Na+', ionConcentration: new Quantity(0n, 'molar') }),
      'a02e1a8290fcc27afc0ebf08bbd8a7dd',
      '"ion_concentration": "0 molar"}',
    ],
  ];
  for (const [solvent, token, text] of facts) {
    test(text, () => {
      assert.equal(solvent.key, `SolventComponent-${token}`);
      assert.equal(
        hashed(solvent),
        `{"__module__": "gufe.components.solventcomponent", "__qualname__": "SolventComponent", ${text}`,
      );
    });
  }
});

test('ChemicalSystem: the empty name is the default, null is not', () => {
  assert.equal(systemA.key, 'ChemicalSystem-fed9973d1274c4ca7a68fc66a0a753da');
  assert.equal(
    hashed(systemA),
    '{"__module__": "gufe.chemicalsystem", "__qualname__": "ChemicalSystem", "components": {"solvent": {":gufe-key:": "SolventComponent-26b4034ad9dbd9f908dfc298ea8d449f"}}}',
  );
  assert.equal(
    new ChemicalSystem({ solvent: water }, null).key,
    'ChemicalSystem-0c7c042b348ef3b17dc8c429567d0c1d',
  );
  assert.equal(systemB.key, 'ChemicalSystem-591dc5cf2bbf186e448f42174dad3384');
  assert.equal(
    new ChemicalSystem({ b: water, a: water }, 'É').key,
    'ChemicalSystem-7d2b8f2999bc93287728b9646957660f',
  );
});

test('Protocol: settings with an integer and a whole float', () => {
  assert.equal(protocol.key, 'ToyProtocol-c995ad69479b6eb9b6fe62a731cbe8a6');
  assert.equal(
    hashed(protocol),
    '{"__module__": "toyproto", "__qualname__": "ToyProtocol", "settings": {":is_custom:": true, "__class__": "ToySettings", "__module__": "toyproto", "n": 1, "t": 1.0}}',
  );
});

test('Transformation and NonTransformation: metadata always stays', () => {
  const plain = new Transformation({ stateA: systemA, stateB: systemB, protocol });
  assert.equal(plain.key, 'Transformation-614c44e98d139076ab4be2f518b5f901');
  assert.equal(
    hashed(plain),
    '{"__module__": "gufe.transformations.transformation", "__qualname__": "Transformation", "metadata": {}, "protocol": {":gufe-key:": "ToyProtocol-c995ad69479b6eb9b6fe62a731cbe8a6"}, "stateA": {":gufe-key:": "ChemicalSystem-fed9973d1274c4ca7a68fc66a0a753da"}, "stateB": {":gufe-key:": "ChemicalSystem-591dc5cf2bbf186e448f42174dad3384"}}',
  );
  const named = new Transformation({
    stateA: systemA,
    stateB: systemB,
    protocol,
    name: '',
    metadata: { k: 1 },
  });
  assert.equal(named.key, 'Transformation-dba81c8f49d1d72613dcb950477a3ed2');
  const still = new NonTransformation({ system: systemA, protocol });
  assert.equal(still.key, 'NonTransformation-abb6cd183ab39d354dcbfa8eae7661f6');
});

test('AlchemicalNetwork: edges and the states at their ends, each once, by key', () => {
  assert.equal(new AlchemicalNetwork().key, 'AlchemicalNetwork-60aa6e4707df9003bda51600a739e157');
  const edges = [
    new Transformation({ stateA: systemA, stateB: systemB, protocol }),
    new NonTransformation({ system: systemA, protocol }),
    new Transformation({ stateA: systemA, stateB: systemB, protocol }),
  ];
  const network = new AlchemicalNetwork({ edges, nodes: [systemB] });
  assert.equal(network.key, 'AlchemicalNetwork-511d9c8f50bdb55470d2df24ca0e1ec8');
  assert.deepEqual(
    network.edges.map(edge => edge.qualname),
    ['NonTransformation', 'Transformation'],
  );
  assert.deepEqual(
    network.nodes.map(node => node.name),
    ['B', ''],
  );
});

test('SmallMoleculeComponent: ethane from plain numbers', () => {
  const carbon = { element: 'C', hybridization: 4 };
  const hydrogen = { element: 'H', hybridization: 1 };
  const ethane = SmallMoleculeComponent.fromAtoms({
    name: '',
    atoms: [carbon, carbon, hydrogen, hydrogen, hydrogen, hydrogen, hydrogen, hydrogen],
    bonds: [
      [0, 1],
      [0, 2],
      [0, 3],
      [0, 4],
      [1, 5],
      [1, 6],
      [1, 7],
    ].map(([begin = 0, end = 0]) => ({ begin, end })),
    coordinates: [
      [-0.75, -0, 0],
      [0.75, -0, 0],
      [-2.25, 0, 0],
      [-0.75, 1.5, 0],
      [-0.75, -1.5, 0],
      [2.25, -0, 0],
      [0.75, -1.5, 0],
      [0.75, 1.5, 0],
    ],
  });
  assert.equal(ethane.key, 'SmallMoleculeComponent-f67a948048656141d63d845cbd937b13');
  assert.deepEqual(ethane.coordinates[5], [2.25, -0, 0]);
  assert.deepEqual(ethane.elements.join(''), 'CCHHHHHH');
});

test('LigandAtomMapping: indices sort as numbers, annotations are text in the text', () => {
  const ends = ['ec3c7a92771f8872dab1a9fc4911c795', '3b51f5f92521c712049da092ab061930'].map(token => {
    // Only the keys of the two molecules are known, so they stand in as opaque objects.
    const key = `SmallMoleculeComponent-${token}`;
    return decodeKeyedChain(
      `[["${key}", {"__qualname__": "SmallMoleculeComponent", "__module__": "elsewhere"}]]`,
    );
  });
  const [componentA, componentB] = ends as [GufeTokenizable, GufeTokenizable];
  const plain = new LigandAtomMapping({ componentA, componentB, atoms: new Map([[0, 0]]) });
  assert.equal(plain.key, 'LigandAtomMapping-7c679cb7536fed25e186ce178accdf3c');
  const annotated = new LigandAtomMapping({
    componentA,
    componentB,
    atoms: new Map([
      [0, 0],
      [10, 9],
      [9, 10],
      [2, 2],
    ]),
    annotations: { score: 0.5, q: new Quantity(1, 'nanometer'), é: [1n, 2] },
  });
  assert.equal(annotated.key, 'LigandAtomMapping-dd6254db43d31df86f7d62c2b8bcb134');
  assert.match(hashed(annotated), /"componentA_to_componentB": \{"0": 0, "2": 2, "9": 10, "10": 9\}/);
  assert.match(annotated.keyedDictText(), /"componentA_to_componentB": \{"0": 0, "10": 9, "9": 10, "2": 2\}/);
  assert.deepEqual(annotated.annotations.get('é'), [1n, 2]);
  assert.deepEqual(annotated.annotations.get('q'), new Quantity(1, 'nanometer'));
});
