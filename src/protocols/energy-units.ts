// Energy units at the edges of the estimators. Inside, every energy is reduced (divided by kT, no unit); GROMACS speaks
// kJ/mol, the literature of hydration free energies and the estimates shown to users speak kcal/mol.

/** Molar gas constant in kJ/(mol K): exact since the SI of 2019 (Boltzmann times Avogadro). */
const GAS_CONSTANT_KJ_PER_MOL_K = 8.31446261815324e-3;

/** Kilojoules in a thermochemical kilocalorie; exact by definition. */
export const KJ_PER_KCAL = 4.184;

/** kT per mole, in kJ/mol, at a temperature in kelvin. Throws a RangeError unless it is positive and finite. */
export function thermalEnergyKjPerMol(temperatureK: number): number {
  if (!(temperatureK > 0 && Number.isFinite(temperatureK))) {
    throw new RangeError(`a temperature must be a positive number of kelvin, not ${temperatureK}`);
  }
  return GAS_CONSTANT_KJ_PER_MOL_K * temperatureK;
}

/** A reduced energy (in kT) as kcal/mol, at a temperature in kelvin. */
export function reducedToKcalPerMol(reduced: number, temperatureK: number): number {
  return (reduced * thermalEnergyKjPerMol(temperatureK)) / KJ_PER_KCAL;
}
