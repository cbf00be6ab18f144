import { isCommonPassword } from './common-passwords.ts';

const MAXIMUM_LENGTH = 256;

/** What the site asks of passwords that the appliance keeps itself. */
export interface PasswordRules {
  minimumLength: number;
  /** Of small letters, capital letters, digits and other characters, 1 to 4. */
  characterClasses: number;
  commonRefused: boolean;
  /** Earlier passwords that are not taken again, beside the present one. */
  history: number;
  /** Until a password has to be changed; 0 for never. */
  expirationDays: number;
  /** Words that stand for the site, such as the name of the company. */
  siteWords: readonly string[];
}

/** Whose password it is to be. */
export interface PasswordOwner {
  username: string;
  emailAddress: string;
}

/** Why this password may not be used, as sentences for a form; empty when it may. */
export function passwordProblems(password: string, owner: PasswordOwner, rules: PasswordRules): string[] {
  const problems: string[] = [];
  if (password.length < rules.minimumLength)
    problems.push(`A password needs at least ${rules.minimumLength} characters.`);
  if (password.length > MAXIMUM_LENGTH)
    problems.push(`A password may have at most ${MAXIMUM_LENGTH} characters.`);
  if (password.includes('\0')) problems.push('A password cannot contain the character NUL.');
  if (classesOf(password) < rules.characterClasses) {
    problems.push(
      `A password needs ${rules.characterClasses === 4 ? 'all four' : `at least ${rules.characterClasses}`} of: small letters, capital letters, digits, other characters.`,
    );
  }
  const { username, emailAddress } = owner;
  if (isSameText(password, username)) problems.push('The password must differ from the user name.');
  if (emailAddress !== '' && isSameText(password, emailAddress))
    problems.push('The password must differ from the e-mail address.');
  if (
    rules.commonRefused &&
    problems.length === 0 &&
    isCommonPassword(password, [...rules.siteWords, username])
  ) {
    problems.push(
      'This password is among the first that anybody would guess. Choose several words, or a longer phrase.',
    );
  }
  return problems;
}

function classesOf(password: string): number {
  return [/\p{Ll}/u, /\p{Lu}/u, /\p{Nd}/u, /[^\p{Ll}\p{Lu}\p{Nd}]/u].filter((kind) => kind.test(password))
    .length;
}

function isSameText(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
