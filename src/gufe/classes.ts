// The classes of gufe that are read as more than opaque objects.
import { ALCHEMICAL_ARCHIVE } from './archive.ts';
import { CHEMICAL_SYSTEM } from './chemical-system.ts';
import { PROTEIN_COMPONENT } from './components/protein.ts';
import { SMALL_MOLECULE_COMPONENT } from './components/small-molecule.ts';
import { PROTEIN_MEMBRANE_COMPONENT, SOLVATED_PDB_COMPONENT } from './components/solvated-pdb.ts';
import { SOLVENT_COMPONENT } from './components/solvent.ts';
import { OPENFE_CLASSES } from './known-protocols/openfe.ts';
import { LIGAND_NETWORK } from './ligand-network.ts';
import { LIGAND_ATOM_MAPPING } from './mapping.ts';
import { ALCHEMICAL_NETWORK } from './network.ts';
import { PROTOCOL_DAG } from './protocol/dag.ts';
import { PROTOCOL_DAG_RESULT } from './protocol/result.ts';
import { PROTOCOL_UNIT_FAILURE, PROTOCOL_UNIT_RESULT } from './protocol/unit-result.ts';
import type { GufeClass } from './registry.ts';
import { CONNECTIVITY_STRATEGY } from './strategy/connectivity.ts';
import { RADIAL_GROWTH_STRATEGY } from './strategy/radial-growth.ts';
import { STRATEGY_RESULT } from './strategy/strategy-result.ts';
import { NON_TRANSFORMATION, TRANSFORMATION } from './transformation.ts';

export const GUFE_CLASSES: readonly GufeClass[] = [
  SMALL_MOLECULE_COMPONENT,
  SOLVENT_COMPONENT,
  PROTEIN_COMPONENT,
  SOLVATED_PDB_COMPONENT,
  PROTEIN_MEMBRANE_COMPONENT,
  CHEMICAL_SYSTEM,
  LIGAND_ATOM_MAPPING,
  LIGAND_NETWORK,
  TRANSFORMATION,
  NON_TRANSFORMATION,
  ALCHEMICAL_NETWORK,
  PROTOCOL_DAG,
  PROTOCOL_DAG_RESULT,
  PROTOCOL_UNIT_RESULT,
  PROTOCOL_UNIT_FAILURE,
  ALCHEMICAL_ARCHIVE,
  CONNECTIVITY_STRATEGY,
  RADIAL_GROWTH_STRATEGY,
  STRATEGY_RESULT,
  ...OPENFE_CLASSES,
];
