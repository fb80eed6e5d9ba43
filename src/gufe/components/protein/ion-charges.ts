// Charges of ions by the names they have in structure files, as gufe looks them up: Amber's list of ions
// (atomic_ions.lib), where a name's spelling tells oxidation states apart (`CE` is 3, `Ce` is 4).

const BY_CHARGE: readonly (readonly [charge: number, names: string])[] = [
  [-1, 'BR CL Cl- F IOD'],
  [1, 'AG CS CU1 H3O+ HE+ HZ+ K K+ LI NA NH4 Na+ RB TL'],
  [2, 'Ag BA Be CA CD CO CU Cr EU FE2 HG MG MN NI PB PD PT Ra SR Sm Sn V2+ YB2 ZN'],
  [3, 'AL CE CR Dy EU3 Er FE GD3 IN LA LU Nd PR SM TB Tl Tm Y'],
  [4, 'Ce Hf Pu Th U4+ Zr'],
];

const CHARGES: ReadonlyMap<string, number> = new Map(
  BY_CHARGE.flatMap(([charge, names]) => names.split(' ').map(name => [name, charge] as const)),
);

/** The charge of an ion by its name, or by its name in capitals, without digits, or both; null when none of them is known. */
export function ionCharge(name: string): number | null {
  const bare = name.replace(/^[0-9]+|[0-9]+$/g, '');
  for (const spelling of [name, name.toUpperCase(), bare, bare.toUpperCase(), capitalized(bare)]) {
    const charge = CHARGES.get(spelling);
    if (charge !== undefined) return charge;
  }
  return null;
}

/** Python's `title`: the first letter of each run of letters in capitals, the others small. */
function capitalized(name: string): string {
  return name.toLowerCase().replace(/\p{L}+/gu, run => run.charAt(0).toUpperCase() + run.slice(1));
}
