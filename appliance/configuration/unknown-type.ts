/** What to say of documents whose file is named after no kind of object. `source` is where they stand, if known. */
export function unknownType(name: string, source: string, known: readonly string[]): string {
  return `There are no objects called ${name}. ${hint(name, source, known)}Known are: ${known.join(', ')}.`;
}

function hint(name: string, source: string, known: readonly string[]): string {
  const parts = source.split('/').map(typeName);
  const below = parts.findIndex((part, place) => place > 0 && known.includes(part));
  if (below > 0) {
    const folder = source.split('/').slice(0, below).join('/');
    return `The file is named after ${parts[below]}, but stands in ${folder}: give that folder instead. `;
  }
  const near = known.find((one) => bare(one) === bare(name)) ?? known.find((one) => isNear(one, name));
  return near === undefined ? '' : `Is it ${near}? `;
}

/** `jump-groups.yaml:12` without what follows the name. */
function typeName(part: string): string {
  return part.replace(/:\d+$/, '').replace(/\.ya?ml$/i, '');
}

/** Without what people get wrong: capitals, hyphens, the plural. */
function bare(name: string): string {
  const letters = name.toLowerCase().replace(/[^a-z]/g, '');
  return letters.replace(/ies$/, 'y').replace(/s$/, '');
}

/** One letter too many, too few or another: `jump-grops`. */
function isNear(one: string, other: string): boolean {
  let start = 0;
  while (start < one.length && one[start] === other[start]) start += 1;
  const [restOne, restOther] = [one.slice(start), other.slice(start)];
  return (
    restOne.slice(1) === restOther ||
    restOne === restOther.slice(1) ||
    restOne.slice(1) === restOther.slice(1)
  );
}
