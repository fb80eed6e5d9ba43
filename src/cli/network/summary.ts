// What was built, for people and for programs.
import { Transformation } from '../../gufe/transformation.ts';
import type { BuiltNetwork, EdgeFacts } from './build.ts';

/** Lines for a terminal. */
export function summaryLines(built: BuiltNetwork, file: string): readonly string[] {
  const { network, protocol, legs, edges, ligands, aligned, notes } = built;
  const chemical = ligands === null ? network.edges.length : ligands.nodes.length;
  const what = ligands === null ? 'solutes' : `ligands, ${edges.length} edges`;
  return [
    `${network.name ?? 'network'}: ${chemical} ${what}, ${network.edges.length} transformations (${legs.join(' and ')}) by ${protocol.qualname}`,
    ...(aligned === null
      ? []
      : [
          `mapped ${aligned ? 'by place: the ligands lie on each other' : 'without regard to place: the ligands do not lie on each other'}`,
        ]),
    ...edgeLines(edges),
    ...notes.map(note => `note: ${note}`),
    `${network.key} written to ${file}`,
  ];
}

function edgeLines(edges: readonly EdgeFacts[]): readonly string[] {
  if (edges.length === 0) return [];
  const rows = edges.map(edge => [
    edge.a,
    edge.b,
    `${edge.mappedHeavyAtoms} of ${edge.heavyAtomsA} and ${edge.heavyAtomsB}`,
    edge.score === null ? '' : edge.score.toFixed(2),
    edge.chargeChange === 0 ? '' : `charge ${edge.chargeChange > 0 ? '+' : ''}${edge.chargeChange}`,
  ]);
  const head = ['from', 'to', 'heavy atoms mapped', 'score', ''];
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map(row => (row[i] ?? '').length)));
  return [head, ...rows].map(row =>
    `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd(),
  );
}

/** One JSON document. */
export function summaryJson(built: BuiltNetwork, file: string): string {
  const { network, kind, protocol, legs, edges, aligned, notes, ligands } = built;
  return JSON.stringify(
    {
      file,
      key: network.key,
      name: network.name,
      kind,
      protocol: protocol.key,
      legs,
      ligand_network: ligands?.key ?? null,
      aligned,
      edges: edges.map(edge => ({
        ligand_a: edge.a,
        ligand_b: edge.b,
        mapped_heavy_atoms: edge.mappedHeavyAtoms,
        heavy_atoms_a: edge.heavyAtomsA,
        heavy_atoms_b: edge.heavyAtomsB,
        score: edge.score,
        charge_change: edge.chargeChange,
      })),
      transformations: network.edges.map(edge => ({
        name: edge.name,
        key: edge.key,
        state_a: edge instanceof Transformation ? edge.stateA.name : null,
        state_b: edge instanceof Transformation ? edge.stateB.name : null,
      })),
      notes,
    },
    null,
    2,
  );
}
