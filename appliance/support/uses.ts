import { ApplianceError } from '../errors.ts';

/** Objects of one kind that need something. */
export interface Use {
  /** Singular and in lower case, e.g. `issue`. */
  noun: string;
  total: number;
  /** The first of them, at most five. */
  names: string[];
}

/** Fails with `invalid`, naming who still needs it: `This team is used by the issues "Mail", "Printing" and 3 more.` */
export function refuseInUse(what: string, uses: readonly Use[]): void {
  const present = uses.filter(({ total }) => total > 0);
  if (present.length === 0) return;
  throw new ApplianceError('invalid', `This ${what} is used by ${present.map(inWords).join(', and by ')}.`);
}

function inWords({ noun, total, names }: Use): string {
  const quoted = names.map((name) => `"${name}"`);
  if (total === 1) return `the ${noun} ${quoted[0]}`;
  const nouns = noun.replace(/y$/, 'ie').concat('s');
  const last = total > names.length ? `${total - names.length} more` : quoted.pop();
  return `the ${nouns} ${quoted.join(', ')} and ${last}`;
}
