// What `gufe show` prints: an object as a person would sum it up. Objects of classes that are not known here are shown by
// their entries.
import { AlchemicalArchive } from '../gufe/archive.ts';
import { ChemicalSystem } from '../gufe/chemical-system.ts';
import { SmallMoleculeComponent } from '../gufe/components/small-molecule.ts';
import { SolventComponent } from '../gufe/components/solvent.ts';
import { LigandNetwork } from '../gufe/ligand-network.ts';
import { LigandAtomMapping } from '../gufe/mapping.ts';
import { AlchemicalNetwork } from '../gufe/network.ts';
import { ProtocolDAG } from '../gufe/protocol/dag.ts';
import { ProtocolDAGResult } from '../gufe/protocol/result.ts';
import { ProtocolUnitFailure, ProtocolUnitResult } from '../gufe/protocol/unit-result.ts';
import { type AnyTransformation, NonTransformation, Transformation } from '../gufe/transformation.ts';
import type { GufeObject } from '../gufe/values.ts';
import {
  countOf,
  entryLines,
  indented,
  nameOf,
  type OutlineOptions,
  section,
  titleOf,
} from './gufe-outline-values.ts';
import { resultLines, unitResultLines } from './gufe-result-outline.ts';

/** The lines that sum an object up. */
export function outline(object: GufeObject, options: OutlineOptions): readonly string[] {
  return [titleOf(object), ...indented(contentLines(object, options))];
}

function contentLines(object: GufeObject, options: OutlineOptions): readonly string[] {
  if (object instanceof AlchemicalNetwork) return networkLines(object, options);
  if (object instanceof AlchemicalArchive) return archiveLines(object, options);
  if (object instanceof Transformation || object instanceof NonTransformation) {
    return transformationLines(object, options);
  }
  if (object instanceof ChemicalSystem) return systemLines(object);
  if (object instanceof LigandNetwork) return ligandNetworkLines(object, options);
  if (object instanceof ProtocolDAGResult) return resultLines(object, options);
  if (object instanceof ProtocolUnitResult || object instanceof ProtocolUnitFailure) {
    return unitResultLines(object);
  }
  if (object instanceof ProtocolDAG) return dagLines(object, options);
  const described = componentText(object);
  return described === '' ? entryLines(object.fields()) : [described];
}

function networkLines(network: AlchemicalNetwork, options: OutlineOptions): readonly string[] {
  const { edges, nodes } = network;
  const protocols = distinct(edges.map(edge => edge.protocol));
  const still = edges.filter(edge => edge instanceof NonTransformation).length;
  const counts = [
    countOf(nodes, 'system'),
    countOf(edges, 'transformation'),
    ...(still === 0 ? [] : [`${still} of them from a system to itself`]),
    countOf(protocols, 'protocol'),
  ];
  return [
    counts.join(', '),
    ...section('systems', nodes, options, node => [titleOf(node), ...indented(systemLines(node))]),
    ...section('transformations', edges, options, edge => [titleOf(edge), `  ${edgeText(edge)}`]),
    ...section('protocols', protocols, options, protocolLines),
  ];
}

function transformationLines(edge: AnyTransformation, options: OutlineOptions): readonly string[] {
  const states = distinct([edge.stateA, edge.stateB]) as readonly ChemicalSystem[];
  return [
    edgeText(edge),
    ...(edge.metadata.size === 0 ? [] : ['metadata', ...indented(entryLines(edge.metadata))]),
    ...section('systems', states, options, node => [titleOf(node), ...indented(systemLines(node))]),
    ...section('protocols', [edge.protocol], options, protocolLines),
  ];
}

/** `a → b, HarmonicProtocol, mapping of 12 atoms`, or `a, HarmonicProtocol`. */
function edgeText(edge: AnyTransformation): string {
  const ends =
    edge instanceof Transformation
      ? `${shortName(edge.stateA)} → ${shortName(edge.stateB)}`
      : shortName(edge.system);
  const mapping = edge instanceof Transformation ? edge.mapping : null;
  const mappings: readonly GufeObject[] =
    mapping === null ? [] : Array.isArray(mapping) ? mapping : [mapping];
  return [ends, edge.protocol.qualname, ...mappings.map(componentText)]
    .filter(text => text !== '')
    .join(', ');
}

function shortName(object: GufeObject): string {
  return nameOf(object) || object.key;
}

function systemLines(system: ChemicalSystem): readonly string[] {
  const width = Math.max(0, ...[...system.components.keys()].map(label => label.length));
  return [...system.components].map(([label, component]) => {
    const text = [component.qualname, nameText(component), componentText(component)];
    return `${label.padEnd(width)}  ${text.filter(part => part !== '').join(', ')}`;
  });
}

function nameText(object: GufeObject): string {
  const name = nameOf(object);
  return name === '' ? '' : `'${name}'`;
}

function protocolLines(protocol: GufeObject): readonly string[] {
  const settings = protocol.fields().get('settings');
  const own = settings === undefined ? protocol.fields() : new Map([['settings', settings]]);
  return [titleOf(protocol), `  of ${protocol.module}`, ...indented(entryLines(own))];
}

/** What a component or mapping is, beside its name; empty when there is no more to say. */
function componentText(component: GufeObject): string {
  if (component instanceof SmallMoleculeComponent) {
    const charge = component.totalCharge === 0 ? '' : `, charge ${component.totalCharge}`;
    return `${countOf(component.atoms, 'atom')}, ${countOf(component.bonds, 'bond')}${charge}`;
  }
  if (component instanceof SolventComponent) {
    const { smiles, positiveIon, negativeIon, ionConcentration, neutralize } = component;
    return `${smiles} with ${positiveIon} ${negativeIon}, ${ionConcentration}${neutralize ? ', neutralized' : ''}`;
  }
  if (component instanceof LigandAtomMapping) return `mapping of ${countOf(component.atoms, 'atom')}`;
  const atoms = component.fields().get('atoms');
  return Array.isArray(atoms) ? countOf(atoms, 'atom') : '';
}

function ligandNetworkLines(network: LigandNetwork, options: OutlineOptions): readonly string[] {
  const { nodes, edges } = network;
  const connected = network.isConnected ? '' : ', not connected';
  return [
    `${countOf(nodes, 'molecule')}, ${countOf(edges, 'mapping')}${connected}`,
    ...section('molecules', nodes, options, node => [`${titleOf(node)}, ${componentText(node)}`]),
    ...section('mappings', edges, options, edge => [
      `${shortName(edge.componentA)} → ${shortName(edge.componentB)}, ${componentText(edge)}`,
    ]),
  ];
}

function dagLines(dag: ProtocolDAG, options: OutlineOptions): readonly string[] {
  return section('units', dag.protocolUnits, options, unit => {
    const before = dag.dependenciesOf(unit).map(shortName);
    return [`${titleOf(unit)}${before.length === 0 ? '' : `, after ${before.join(', ')}`}`];
  });
}

function archiveLines(archive: AlchemicalArchive, options: OutlineOptions): readonly string[] {
  const results = archive.transformationResults.flatMap(([, found]) => found);
  const failed = results.filter(result => !result.ok).length;
  return [
    `written by gufe ${archive.versionGufe}, ${countOf(results, 'result')}, ${failed} of them failed`,
    ...(archive.metadata.size === 0 ? [] : ['metadata', ...indented(entryLines(archive.metadata))]),
    ...outline(archive.network, options),
    ...section('results', archive.transformationResults, options, ([transformation, found]) => {
      const ok = found.filter(result => result.ok).length;
      return [`${shortName(transformation)}: ${ok} succeeded, ${found.length - ok} failed`];
    }),
  ];
}

function distinct<T extends GufeObject>(objects: readonly T[]): readonly T[] {
  return [...new Map(objects.map(object => [object.key, object])).values()];
}
