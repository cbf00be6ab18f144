/** What makes a text one that cannot be stored, as the end of a sentence; undefined for every other. */
export function textProblem(text: string): string | undefined {
  if (text.includes('\0')) return 'must not hold NUL characters';
  return text.isWellFormed() ? undefined : 'must be well-formed Unicode: it holds half of a surrogate pair';
}
