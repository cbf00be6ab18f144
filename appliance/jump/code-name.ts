const LENGTH = 64;

/** A code name out of a name: lower case, words joined by `_`, only letters, digits, `_` and `-`. Never empty. */
export function codeNameFrom(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, LENGTH);
  return plain === '' ? 'item' : plain;
}

/** The wanted code name or, when it is blank, one made from the name, numbered until no object of the store has it. */
export async function chooseCodeName(
  wanted: string | null | undefined,
  name: string,
  store: { isCodeNameTaken(codeName: string): Promise<boolean> },
): Promise<string> {
  if (wanted !== undefined && wanted !== null && wanted !== '') return wanted;
  const first = codeNameFrom(name);
  for (let number = 1; ; number++) {
    const suffix = number === 1 ? '' : `_${number}`;
    const candidate = first.slice(0, LENGTH - suffix.length) + suffix;
    if (!(await store.isCodeNameTaken(candidate))) return candidate;
  }
}
