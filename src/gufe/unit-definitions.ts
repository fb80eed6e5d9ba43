// The units that can be converted, by the names that pint knows them by in openff's registry, and what they are made of. A
// scale is written as there: a bigint where Python has an int, a number where it has a float, since an integer quantity that
// is multiplied by an integer stays one, and so is spelled and hashed as one.

/** A factor of a definition. */
export type Scale = bigint | number;

/** One unit: `scale` of these others, by name and power; a base unit is made of none. */
export interface UnitDefinition {
  readonly name: string;
  readonly scale: Scale;
  readonly of: readonly (readonly [name: string, power: number])[];
  /** For a temperature scale: what is added after scaling, to get kelvin. */
  readonly offset: number | null;
}

/** Name, other names, scale, and what it is made of: `kilogram meter second^-2`. */
type Row = readonly [name: string, otherNames: string, scale: Scale, of: string, offset?: number];

const ROWS: readonly Row[] = [
  ['meter', 'm metre', 1n, ''],
  ['second', 's sec', 1n, ''],
  ['gram', 'g', 1n, ''],
  ['mole', 'mol', 1n, ''],
  ['kelvin', 'K degK °K degree_Kelvin degreeK Kelvin', 1n, ''],
  ['ampere', 'A amp', 1n, ''],
  ['radian', 'rad', 1n, ''],
  ['count', '', 1n, ''],
  ['timestep', 'timesteps', 1n, ''],
  ['angstrom', '\u00c5 \u212b ångström', 1e-10, 'meter'],
  ['fermi', 'fm', 1n, 'femtometer'],
  ['micron', '\u00b5', 1n, 'micrometer'],
  ['minute', 'min', 60n, 'second'],
  ['hour', 'hr', 60n, 'minute'],
  ['day', 'd', 24n, 'hour'],
  ['week', '', 7n, 'day'],
  ['year', 'a yr julian_year', 365.25, 'day'],
  ['atomic_mass_constant', 'm_u', 1.6605390666e-27, 'kilogram'],
  ['dalton', 'Da', 1n, 'atomic_mass_constant'],
  ['unified_atomic_mass_unit', 'u amu', 1n, 'atomic_mass_constant'],
  ['liter', 'l L litre', 1n, 'decimeter^3'],
  ['molar', 'M', 1, 'mole liter^-1'],
  ['degree_Celsius', '°C celsius degC degreeC', 1n, 'kelvin', 273.15],
  ['newton', 'N', 1, 'kilogram meter second^-2'],
  ['pascal', 'Pa', 1, 'newton meter^-2'],
  ['bar', '', 100000, 'pascal'],
  ['standard_atmosphere', 'atm atmosphere', 101325, 'pascal'],
  ['hertz', 'Hz', 1, 'second^-1'],
  ['joule', 'J', 1n, 'newton meter'],
  ['calorie', 'cal thermochemical_calorie cal_th', 4.184, 'joule'],
  ['calorie_per_mole', '', 1, 'calorie mole^-1'],
  ['kilocalorie_per_mole', '', 1, 'kilocalorie mole^-1'],
  ['joule_per_mole', '', 1, 'joule mole^-1'],
  ['kilojoule_per_mole', '', 1, 'kilojoule mole^-1'],
  ['coulomb', 'C', 1n, 'ampere second'],
  ['elementary_charge', 'e', 1.602176634e-19, 'coulomb'],
  ['volt', 'V', 1, 'joule coulomb^-1'],
];

/** In the order in which pint tries them. Python has all their scales as floats. */
const PREFIXES: readonly (readonly [text: string, name: string, scale: number])[] = [
  ['atto', 'atto', 1e-18],
  ['a', 'atto', 1e-18],
  ['femto', 'femto', 1e-15],
  ['f', 'femto', 1e-15],
  ['pico', 'pico', 1e-12],
  ['p', 'pico', 1e-12],
  ['nano', 'nano', 1e-9],
  ['n', 'nano', 1e-9],
  ['micro', 'micro', 1e-6],
  ['\u00b5', 'micro', 1e-6],
  ['u', 'micro', 1e-6],
  ['milli', 'milli', 1e-3],
  ['m', 'milli', 1e-3],
  ['centi', 'centi', 1e-2],
  ['c', 'centi', 1e-2],
  ['deci', 'deci', 0.1],
  ['d', 'deci', 0.1],
  ['kilo', 'kilo', 1e3],
  ['k', 'kilo', 1e3],
  ['mega', 'mega', 1e6],
  ['M', 'mega', 1e6],
  ['giga', 'giga', 1e9],
  ['G', 'giga', 1e9],
  ['tera', 'tera', 1e12],
  ['T', 'tera', 1e12],
];

const BY_NAME = new Map<string, UnitDefinition>();
for (const [name, otherNames, scale, of, offset] of ROWS) {
  const definition: UnitDefinition = { name, scale, of: factorsOf(of), offset: offset ?? null };
  for (const known of [name, ...otherNames.split(' ')]) if (known !== '') BY_NAME.set(known, definition);
}

function factorsOf(text: string): readonly (readonly [name: string, power: number])[] {
  if (text === '') return [];
  return text.split(' ').map(factor => {
    const [name = '', power = '1'] = factor.split('^');
    return [name, Number(power)];
  });
}

/** The unit of a name or symbol, with a prefix or a plural s or without (`nanometers`, `ns`); null when it is none of them. */
export function findUnit(text: string): UnitDefinition | null {
  const known = BY_NAME.get(text);
  if (known !== undefined) return known;
  for (const ending of ['', 's']) {
    if (!text.endsWith(ending)) continue;
    for (const [prefix, prefixName, scale] of [['', '', 1] as const, ...PREFIXES]) {
      const bare = text.slice(prefix.length, text.length - ending.length);
      // One letter and an s is no plural: `ms` is a millisecond, never several meters.
      if (!text.startsWith(prefix) || (ending === 's' && bare.length === 1)) continue;
      const unit = BY_NAME.get(bare);
      if (unit === undefined || (unit.offset !== null && prefix !== '')) continue;
      return prefix === '' ? unit : prefixed(prefixName, scale, unit);
    }
  }
  return null;
}

function prefixed(prefix: string, scale: number, unit: UnitDefinition): UnitDefinition {
  const name = `${prefix}${unit.name}`;
  const definition: UnitDefinition = { name, scale, of: [[unit.name, 1]], offset: null };
  BY_NAME.set(name, definition);
  return definition;
}
