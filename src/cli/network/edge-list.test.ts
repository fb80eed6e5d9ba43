// Lists of edges as users write them, and what is wrong with some.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readEdgeList } from './edge-list.ts';

const read = (path: string, text: string): readonly string[] =>
  readEdgeList(path, text).map(({ a, b, pairs, where }) => {
    const atoms = pairs === null ? 'to be mapped' : [...pairs].map(pair => pair.join(':')).join(' ');
    return `${where}: ${a} > ${b}, ${atoms}`;
  });

describe('CSV', () => {
  test('with blanks, quotes, comments, capitals and a mapping', () => {
    const text = [
      '\ufeffLigand_A, ligand_b, mapping',
      '# the first pair',
      'a, b,',
      '"a, methyl", c, 0:0 1:2 5:4',
      '',
      '17,1oiu,0:3;1:2',
    ].join('\r\n');
    assert.deepEqual(read('pairs.csv', text), [
      'pairs.csv, line 3: a > b, to be mapped',
      'pairs.csv, line 4: a, methyl > c, 0:0 1:2 5:4',
      'pairs.csv, line 6: 17 > 1oiu, 0:3 1:2',
    ]);
  });

  test('columns in another order', () => {
    assert.deepEqual(read('p.csv.gz', 'ligand_b,ligand_a\nx,y\n'), ['p.csv.gz, line 2: y > x, to be mapped']);
  });

  for (const [name, text, error] of [
    ['nothing', '', /^p\.csv: no line with the names of columns$/],
    [
      'no header',
      'a,b\nc,d\n',
      /^p\.csv, line 1: the columns are ligand_a, ligand_b and, if wanted, mapping; not 'a', 'b'$/,
    ],
    ['an unknown column', 'ligand_a,ligand_b,weight\n', /line 1: the columns are .*'weight'/],
    ['a field too few', 'ligand_a,ligand_b\na\n', /^p\.csv, line 2: 1 fields where 2 were due$/],
    ['an empty name', 'ligand_a,ligand_b\na,\n', /^p\.csv, line 2: an edge needs two names/],
    ['a quote without end', 'ligand_a,ligand_b\n"a,b\n', /^p\.csv: .*[Qq]uote/],
    [
      'a mapping in other words',
      'ligand_a,ligand_b,mapping\na,b,0-1\n',
      /^p\.csv, line 2: a mapping is written like '0:0 1:2 5:4', not '0-1'$/,
    ],
    ['an atom twice', 'ligand_a,ligand_b,mapping\na,b,0:0 0:1\n', /atom 0 stands there twice/],
  ] as const) {
    test(`refused: ${name}`, () => {
      assert.throws(() => readEdgeList('p.csv', text), { name: 'GufeError', message: error });
    });
  }
});

describe('YAML', () => {
  test('pairs and records, names that look like something else', () => {
    const text = 'edges:\n  - [17, no]\n  - {ligand_a: 1e2, ligand_b: b, mapping: {0: 0, 10: 9}}\n';
    assert.deepEqual(read('pairs.yaml', text), [
      'pairs.yaml, edge 1: 17 > no, to be mapped',
      'pairs.yaml, edge 2: 1e2 > b, 0:0 10:9',
    ]);
    assert.deepEqual(read('pairs.yml', '- [a, b]\n'), ['pairs.yml, edge 1: a > b, to be mapped']);
  });

  for (const [name, text, error] of [
    ['no list', 'a: b\n', /^p\.yaml: a list of edges was expected/],
    ['no YAML', '- [a, b\n', /^p\.yaml: /],
    ['three names', '- [a, b, c]\n', /^p\.yaml, edge 1: an edge is /],
    ['an unknown word', '- {ligand_a: a, ligand_b: b, score: 1}\n', /^p\.yaml, edge 1: an edge is /],
    [
      'a mapping that is a list',
      '- {ligand_a: a, ligand_b: b, mapping: [0, 1]}\n',
      /^p\.yaml, edge 1: an edge is /,
    ],
    [
      'an atom that is no number',
      '- {ligand_a: a, ligand_b: b, mapping: {0: x}}\n',
      /^p\.yaml, edge 1: an edge is /,
    ],
    ['an empty name', "- [a, '']\n", /^p\.yaml, edge 1: an edge needs two names/],
  ] as const) {
    test(`refused: ${name}`, () => {
      assert.throws(() => readEdgeList('p.yaml', text), { name: 'GufeError', message: error });
    });
  }
});
