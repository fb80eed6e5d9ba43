// Element symbols by atomic number.
import { GufeError } from '../error.ts';

const SYMBOLS =
  'H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og'.split(
    ' ',
  );

/** 6 for 'C'. */
export function atomicNumberOf(symbol: string): number {
  const index = SYMBOLS.indexOf(symbol);
  if (index < 0) throw new GufeError(`'${symbol}' is not the symbol of an element`);
  return index + 1;
}

/** 'C' for 6; '*' for 0, which stands for any atom. */
export function symbolOf(atomicNumber: number): string {
  const symbol = atomicNumber === 0 ? '*' : SYMBOLS[atomicNumber - 1];
  if (symbol === undefined) throw new GufeError(`no element has the atomic number ${atomicNumber}`);
  return symbol;
}
