// Ligand networks against ones that gufe wrote: text, keys, and the alchemical networks made of them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fixtures } from '../../test/support/golden.ts';
import {
  AlchemicalNetwork,
  ChemicalSystem,
  decodeKeyedChainAs,
  GufeError,
  type GufeObject,
  LigandAtomMapping,
  LigandNetwork,
  networkOfLegs,
  rbfeNetwork,
  type SmallMoleculeComponent,
  SolventComponent,
} from './index.ts';

interface Facts {
  readonly networks: readonly {
    readonly case: string;
    readonly key: string;
    readonly chain: string;
    readonly smiles: Readonly<Record<string, string>>;
    readonly edges: readonly string[];
  }[];
  readonly rbfe: { readonly default: string; readonly cofactor: string };
}

const FACTS = JSON.parse(readFileSync(join(fixtures('ligand-networks'), 'networks.json'), 'utf8')) as Facts;
const read = (chain: string): LigandNetwork => decodeKeyedChainAs(LigandNetwork, chain);
const network = (name: string): LigandNetwork =>
  read(FACTS.networks.find(facts => facts.case === name)?.chain ?? '');

describe('as gufe writes them', () => {
  for (const facts of FACTS.networks) {
    test(facts.case, () => {
      const found = read(facts.chain);
      assert.equal(found.key, facts.key);
      assert.equal(found.toJson(), facts.chain);
      assert.deepEqual(
        found.edges.map(edge => edge.key),
        facts.edges,
      );
      const smilesOf = ({ name }: SmallMoleculeComponent): string => facts.smiles[name] ?? '';
      const { edges, nodes } = found;
      const made = new LigandNetwork({
        edges: edges.toReversed(),
        nodes: nodes.toReversed(),
        smilesOf,
      });
      assert.equal(made.graphml, found.graphml);
      assert.equal(made.key, facts.key);
    });
  }

  test('connected, or not', () => {
    assert.equal(network('connected').isConnected, true);
    assert.equal(network('annotated, with lone molecules').isConnected, false);
    assert.equal(network('without edges').isConnected, false);
    assert.equal(network('empty').isConnected, false);
  });

  test('annotations are values, in their order', () => {
    const texts = network('annotated, with lone molecules').edges.map(edge => [...edge.annotations.keys()]);
    assert.deepEqual(
      texts.filter(names => names.length > 0),
      [['score', 'a', 'len', 's']],
    );
  });

  test('a copy with another text is another network', () => {
    const other = network('connected').copyWithReplacements({ graphml: network('empty').graphml });
    assert.ok(other instanceof LigandNetwork);
    assert.equal(other.key, network('empty').key);
  });
});

describe('other spellings of GraphML', () => {
  const text = network('connected').graphml;
  const [first, second] = network('connected').edges;

  test('other white space, numeric references, a prefix: the same molecules and edges, the text kept', () => {
    const spelled = `<?xml version="1.0" encoding="utf-8"?>\n<!-- by hand -->\n${text
      .replaceAll(/>\n\s*</g, '><')
      .replaceAll('&lt;', '&#x3C;')
      .replaceAll('&amp;', '&#38;')
      .replaceAll(/<(\/?)(graphml|graph|node|edge|data|key)\b/g, '<$1g:$2')
      .replace('xmlns=', 'xmlns:g=')}`;
    const found = LigandNetwork.fromGraphml(spelled);
    assert.deepEqual(
      found.edges.map(edge => edge.key),
      [first?.key, second?.key],
    );
    assert.equal(found.graphml, spelled);
  });

  test('edges of old files have no annotations', () => {
    const old = text.replaceAll(/ *<data key="d2">.*<\/data>\n/g, '').replace(/ *<key id="d2".*\n/, '');
    assert.deepEqual([...(LigandNetwork.fromGraphml(old).edges[0]?.annotations ?? [1])], []);
  });
});

describe('what cannot be read says where', () => {
  const text = network('connected').graphml;
  const cases: readonly (readonly [name: string, text: string, error: RegExp])[] = [
    ['no XML', 'molecules', /^not GraphML: /],
    ['nothing', '', /^not GraphML: /],
    ['other XML', '<a/>', /^not GraphML: there is no <graphml>$/],
    ['cut short', text.slice(0, 2000), /^not GraphML: /],
    ['no graph', '<graphml/>', /one graph was expected; this has 0/],
    ['a document type', `<!DOCTYPE a [<!ENTITY b "b">]>${text}`, /document type/],
    ['an unknown entity', text.replace('&lt;', '&bomb;'), /'&bomb;' stands for nothing/],
    ['undirected', text.replace('"directed"', '"undirected"'), /must be directed/],
    ['no key for data', text.replace('<data key="d0">', '<data key="d7">'), /<data> of 'd7', which no <key>/],
    ['no id', text.replace('<node id="mol0">', '<node>'), /a <node> has no 'id'/],
    ['an id twice', text.replace('"mol1"', '"mol0"'), /the same id/],
    [
      'an edge to nowhere',
      text.replace('target="mol2"', 'target="mol9"'),
      /^edge \d \('mol\d' to 'mol9'\): there is no such node/,
    ],
    ['a molecule that is no JSON', text.replace('{":version', '{:version'), /^node 'mol0': moldict: /],
    [
      'a molecule of a newer gufe',
      text.replace('"bonds":', '"beads": 1, "bonds":'),
      /^node 'mol0': .*unknown entry 'beads'/,
    ],
    ['a molecule without atoms', text.replace('"atoms":', '":version:":'), /^node 'mol0': .*'atoms'/],
    ['a mapping that is no list', text.replace('[[0, 0]]', '{}'), /mapping must be a list of pairs/],
    ['a mapping of texts', text.replace('[[0, 0]]', '[["0", 0]]'), /mapping must be a list of pairs/],
    ['annotations that are no dict', text.replace('>{}<', '>[]<'), /annotations must be a dict/],
  ];
  for (const [name, broken, error] of cases) {
    test(name, () => {
      assert.ok(broken !== text);
      assert.throws(
        () => LigandNetwork.fromGraphml(broken),
        (thrown: unknown) => thrown instanceof GufeError && error.test(thrown.message),
      );
    });
  }

  test('an edge between other things than molecules', () => {
    const solvent = new SolventComponent();
    const edge = new LigandAtomMapping({ componentA: solvent, componentB: solvent, atoms: new Map() });
    assert.throws(
      () => new LigandNetwork({ edges: [edge], smilesOf: () => '' }),
      /made of SmallMoleculeComponents, not of SolventComponent-/,
    );
  });
});

describe('legs', () => {
  /** The components of gufe's network, by label. */
  function componentsOf(chain: string): { expected: AlchemicalNetwork; components: Map<string, GufeObject> } {
    const expected = decodeKeyedChainAs(AlchemicalNetwork, chain);
    const components = new Map(expected.nodes.flatMap(({ components }) => [...components]));
    return { expected, components };
  }
  const part = (components: Map<string, GufeObject>, label: string): GufeObject => {
    const found = components.get(label);
    assert.ok(found);
    return found;
  };

  for (const [name, prefix] of [
    ['default', undefined],
    ['cofactor', ''],
  ] as const) {
    test(`gufe's own network of relative binding free energies: ${name}`, () => {
      const { expected, components } = componentsOf(FACTS.rbfe[name]);
      const protocol = expected.edges[0]?.protocol;
      assert.ok(protocol);
      const made = rbfeNetwork(network('connected'), {
        solvent: part(components, 'solvent'),
        protein: part(components, 'protein'),
        protocol,
        ...(name === 'cofactor' ? { others: { cofactor: part(components, 'cofactor') } } : {}),
        ...(prefix === undefined ? {} : { prefix }),
      });
      assert.equal(made.key, expected.key);
      assert.equal(made.edges.length, 4);
    });
  }

  test('legs, label and names of one’s own', () => {
    const { expected, components } = componentsOf(FACTS.rbfe.default);
    const protocol = part(new Map([['p', expected.edges[0]?.protocol as GufeObject]]), 'p');
    const made = networkOfLegs(network('connected'), {
      legs: [
        { name: 'vacuum', components: {} },
        { name: 'water', components: { solvent: part(components, 'solvent') } },
      ],
      protocol,
      label: 'solute',
      transformationName: (a, b, leg) => `${leg}: ${a} to ${b}`,
      name: 'mine',
    });
    assert.equal(made.name, 'mine');
    assert.deepEqual(made.edges.map(edge => edge.name).sort(), [
      'vacuum: e to m',
      'vacuum: ethanol to e',
      'water: e to m',
      'water: ethanol to e',
    ]);
    const vacuum = made.nodes.find(node => node.name === 'm_vacuum');
    assert.ok(vacuum instanceof ChemicalSystem);
    assert.deepEqual([...vacuum.components.keys()], ['solute']);
    assert.equal(made.nodes.length, 6);
  });
});
