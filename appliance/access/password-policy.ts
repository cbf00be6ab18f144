const MAXIMUM_LENGTH = 256;

/** Why this password may not be used, as sentences for a form; empty when it may. */
export function passwordProblems(password: string, username: string, minimumLength: number): string[] {
  const problems: string[] = [];
  if (password.length < minimumLength)
    problems.push(`A password needs at least ${minimumLength} characters.`);
  if (password.length > MAXIMUM_LENGTH)
    problems.push(`A password may have at most ${MAXIMUM_LENGTH} characters.`);
  if (password.includes('\0')) problems.push('A password cannot contain the character NUL.');
  if (password.toLowerCase() === username.toLowerCase())
    problems.push('The password must differ from the user name.');
  return problems;
}
