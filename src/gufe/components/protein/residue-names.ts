// Other names that programs use for residues and their atoms, and the one that the templates use: `HIE` is a `HIS`, and `1HB`
// in an alanine is `HB1`. After OpenMM's pdbNames.xml (MIT license, Copyright (c) Stanford University and the Authors).

// Names of an atom, the template's first. A line that begins with blanks goes on with the line before.
const PROTEIN_ATOMS = `
H,HN,H1,1H,HN1,HT1 H2,2H,HN2,HT2 H3,3H,HN3,HT3 O,O1,OT1,OCT1,OC1 OXT,O2,OT2,OCT2,OC2,OT
`;

const NUCLEIC_ATOMS = `
H,HN OP1,O1P OP2,O2P OP3,O3P HOP2,2HOP HOP3,3HOP C1',C1* C2',C2* C3',C3* C4',C4* C5',C5* O2',O2*
  O3',O3* O4',O4* O5',O5* H1',H1* H2',H2*,1H2*,1H2',H2'1 H2'',2H2*,2H2',H2'2 H3',H3* H4',H4*
  H5',1H5*,1H5',H5'1 H5'',2H5*,2H5',H5'2 HO2',2HO* HO3',H3T HO5',H5T
`;

/** Names of a residue, the template's first, its kind, and the names of its atoms that are its own. */
const RESIDUES = `
GLY:Protein HA2,2HA HA3,HA1,1HA,3HA
ALA:Protein HB1,1HB HB2,2HB HB3,3HB
VAL:Protein HG11,1HG1 HG12,2HG1 HG13,3HG1 HG21,1HG2 HG22,2HG2 HG23,3HG2
LEU:Protein HB2,2HB HB3,HB1,1HB,3HB HD11,1HD1 HD12,2HD1 HD13,3HD1 HD21,1HD2 HD22,2HD2 HD23,3HD2
ILE:Protein CD1,CD HG12,2HG1 HG13,HG11,1HG1,3HG1 HG21,1HG2 HG22,2HG2 HG23,3HG2 HD11,1HD1,HD1
  HD12,2HD1,HD2 HD13,3HD1,HD3
SER:Protein OG,OG1 HB2,2HB HB3,HB1,1HB,3HB HG,HG1,HOG
THR:Protein OG1,OG CG2,CG HG1,HOG,HOG1,1HG HG21,1HG2 HG22,2HG2 HG23,3HG2
CYS,CYX:Protein SG,SG1 HB2,2HB HB3,HB1,1HB,3HB HG,HG1,HSG
PRO:Protein HB2,2HB HB3,HB1,1HB,3HB HG2,2HG HG3,HG1,1HG,3HG HD2,2HD HD3,HD1,1HD,3HD H2,HT1 H3,HT2
PHE:Protein HB2,2HB HB3,HB1,1HB,3HB
TYR:Protein HH,HOH HB2,2HB HB3,HB1,1HB,3HB
TRP:Protein HB2,2HB HB3,HB1,1HB,3HB HE1,HNE
HIS,HSP,HSH,HIP,HIH,HID,HIE,HSD:Protein HB2,2HB HB3,HB1,1HB,3HB HD1,HND,HND1 HD2,HD HE1,HE
  HE2,HNE,HNE2
ASP:Protein HB2,2HB HB3,HB1,1HB,3HB
ASN:Protein OD1,OD ND2,ND HB2,2HB HB3,HB1,1HB,3HB HD21,1HD2,HND1 HD22,2HD2,HND2
GLU:Protein HB2,2HB HB3,HB1,1HB,3HB HG2,2HG HG3,HG1,1HG,3HG
GLN:Protein OE1,OE NE2,NE HB2,2HB HB3,HB1,1HB,3HB HG2,2HG HG3,HG1,1HG,3HG HE21,1HE2,HNE1
  HE22,2HE2,HNE2
MET:Protein HB2,2HB HB3,HB1,1HB,3HB HG2,2HG HG3,HG1,1HG,3HG HE1,1HE HE2,2HE HE3,3HE
LYS:Protein HB2,2HB HB3,HB1,1HB,3HB HG2,2HG HG3,HG1,1HG,3HG HD2,2HD HD3,HD1,1HD,3HD HE2,2HE
  HE3,HE1,1HE,3HE HZ1,1HZ,HNZ1 HZ2,2HZ,HNZ2 HZ3,3HZ,HNZ3
ARG:Protein HB2,2HB HB3,HB1,1HB,3HB HG2,2HG HG3,HG1,1HG,3HG HD2,2HD HD3,HD1,1HD,3HD HH11,1HH1,HN11
  HH12,2HH1,HN12 HH21,1HH2,HN21 HH22,2HH2,HN22
ORN:Protein HB2,2HB HB3,HB1,1HB,3HB HG2,2HG HG3,HG1,1HG,3HG HD2,2HD HD3,HD1,1HD,3HD HE1,1HE,HNE1
  HE2,2HE,HNE2 HE3,3HE,HNE3
AIB:Protein HB11,1HB1 HB12,2HB1 HB13,3HB1 HB21,1HB2 HB22,2HB2 HB23,3HB2
PCA:Protein HB2,2HB HB3,HB1,1HB,3HB HG2,2HG HG3,HG1,1HG,3HG
FOR:Protein C,CY O,OY H,HY
ACE:Protein C,CY CH3,CAY,CA O,OY H1,1H,HY1,HH31,1HH3 H2,2H,HY2,HH32,2HH3 H3,3H,HY3,HH33,3HH3
NME,NMA:Protein N,NT C,CH3,CT,CAT,CA H,HNT,HN H1,1H,1HA,HT1,HH31,1HH3 H2,2H,2HA,HT2,HH32,2HH3
  H3,3H,3HA,HT3,HH33,3HH3
NH2:Protein N,NT HN1,1H,HT1,H1 HN2,2H,HT2,H2
UNK:Protein
A,ADE,A3,A5:Nucleic H61,1H6 H62,2H6
G,GUA,G3,G5:Nucleic H21,1H2 H22,2H2
C,CYT,C3,C5:Nucleic H41,1H4 H42,2H4
U,URA,U3,U5:Nucleic
DA,DAD,DA3,DA5:Nucleic H61,1H6 H62,2H6
DG,DGU,DG3,DG5:Nucleic H21,1H2 H22,2H2
DC,DCY,DC3,DC5:Nucleic H41,1H4 H42,2H4
DT,THY,DT3,DT5:Nucleic C7,C5M H71,1H5M H72,2H5M H73,3H5M
HOH,H20,WAT,SOL,TIP3,TP3,T4P,SPC:None O,OW,OH2 H1,HW1 H2,HW2
`;

const COMMON_ATOMS: Readonly<Record<string, string>> = { Protein: PROTEIN_ATOMS, Nucleic: NUCLEIC_ATOMS };

const RESIDUE_NAMES = new Map<string, string>();
const ATOM_NAMES = new Map<string, ReadonlyMap<string, string>>();

for (const row of RESIDUES.trim().split(/\n(?=\S)/)) {
  const [head = '', ...atoms] = row.split(/\s+/);
  const [names = '', kind = ''] = head.split(':');
  const [name = '', ...others] = names.split(',');
  for (const known of [name, ...others]) RESIDUE_NAMES.set(known, name);
  const common = COMMON_ATOMS[kind] ?? '';
  ATOM_NAMES.set(name, new Map([...common.trim().split(/\s+/), ...atoms].flatMap(spellings)));
}

function spellings(row: string): readonly (readonly [string, string])[] {
  const names = row.split(',');
  return names.map(name => [name, names[0] ?? name] as const);
}

/** The name that the templates have for a residue; its own when they have none. */
export function templateResidueName(name: string): string {
  return RESIDUE_NAMES.get(name) ?? name;
}

/** The name that the templates have for an atom of a residue (by its template name); its own when they have none. */
export function templateAtomName(residue: string, name: string): string {
  return ATOM_NAMES.get(residue)?.get(name) ?? name;
}

/** Residues whose bonds everybody knows. */
export const STANDARD_RESIDUES: ReadonlySet<string> = new Set(
  'ALA ASN CYS GLU HIS LEU MET PRO THR TYR ARG ASP GLN GLY ILE LYS PHE SER TRP VAL A G C U I DA DG DC DT DI HOH'.split(
    ' ',
  ),
);
