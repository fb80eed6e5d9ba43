// Measured hydration free energies of alkanes, to set computed ones beside. From FreeSolv, version 0.52: D. L. Mobley &
// J. P. Guthrie, J. Comput.-Aided Mol. Des. 28, 711 (2014); G. Duarte Ramos Matos et al., J. Chem. Eng. Data 62, 1559
// (2017). Where the database knows no experimental error it assumes 0.60 kcal/mol.

/** The citation printed beside these values. */
export const FREESOLV_SOURCE =
  'experiment, FreeSolv 0.52 (Mobley & Guthrie 2014, doi:10.1007/s10822-014-9747-x)';

/** Transfer from gas to water at 298.15 K, 1 M to 1 M, in kcal/mol. */
interface MeasuredHydration {
  readonly kcalPerMol: number;
  readonly errorKcalPerMol: number;
}

export interface AlkaneEntry {
  /** The parent of each carbon, by index; −1 for the first. */
  readonly carbons: readonly number[];
  readonly measured: MeasuredHydration;
}

/** The alkanes known by name. */
export const ALKANES = {
  methane: { carbons: [-1], measured: { kcalPerMol: 2.0, errorKcalPerMol: 0.2 } },
  ethane: { carbons: [-1, 0], measured: { kcalPerMol: 1.83, errorKcalPerMol: 0.6 } },
  propane: { carbons: [-1, 0, 1], measured: { kcalPerMol: 2.0, errorKcalPerMol: 0.2 } },
  butane: { carbons: [-1, 0, 1, 2], measured: { kcalPerMol: 2.1, errorKcalPerMol: 0.2 } },
  isobutane: { carbons: [-1, 0, 0, 0], measured: { kcalPerMol: 2.3, errorKcalPerMol: 0.2 } },
  pentane: { carbons: [-1, 0, 1, 2, 3], measured: { kcalPerMol: 2.3, errorKcalPerMol: 0.2 } },
  isopentane: { carbons: [-1, 0, 1, 1, 3], measured: { kcalPerMol: 2.38, errorKcalPerMol: 0.6 } },
  neopentane: { carbons: [-1, 0, 0, 0, 0], measured: { kcalPerMol: 2.51, errorKcalPerMol: 0.6 } },
  hexane: { carbons: [-1, 0, 1, 2, 3, 4], measured: { kcalPerMol: 2.48, errorKcalPerMol: 0.6 } },
} as const satisfies Readonly<Record<string, AlkaneEntry>>;

export type AlkaneName = keyof typeof ALKANES;
