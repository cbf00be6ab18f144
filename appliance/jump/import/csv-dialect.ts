export type Delimiter = ',' | ';' | '\t';

/**
 * The character between the cells, told by the header line: the one of comma, semicolon and tab that occurs most
 * often outside quotes. Column names contain none of them. A file of one column has none; then it is the comma.
 */
export function detectDelimiter(header: string): Delimiter {
  const counts: Record<Delimiter, number> = { ',': 0, ';': 0, '\t': 0 };
  let quoted = false;
  for (const character of header) {
    if (character === '"') quoted = !quoted;
    else if (!quoted && (character === '\n' || character === '\r')) break;
    else if (!quoted && character in counts) counts[character as Delimiter] += 1;
  }
  const delimiters: Delimiter[] = [',', ';', '\t'];
  return delimiters.reduce((best, next) => (counts[next] > counts[best] ? next : best));
}
