import { randomInt } from 'node:crypto';

/**
 * No characters that look like others, that shells, terminals and configuration files take for something else, or that
 * keyboards of other countries hide.
 */
const CLASSES = ['ABCDEFGHJKLMNPQRSTUVWXYZ', 'abcdefghijkmnopqrstuvwxyz', '23456789', '-_.+=%,'] as const;
const EVERY = CLASSES.join('');
const LETTERS = CLASSES[0] + CLASSES[1];

/** About 138 bits. */
export const NEW_PASSWORD_LENGTH = 24;

/** A password of all classes of characters that begins with a letter. */
export function newPassword(length = NEW_PASSWORD_LENGTH): string {
  for (;;) {
    const password = Array.from({ length }, (_, at) => oneOf(at === 0 ? LETTERS : EVERY)).join('');
    if (CLASSES.every((characters) => [...password].some((one) => characters.includes(one)))) return password;
  }
}

function oneOf(characters: string): string {
  return characters.charAt(randomInt(characters.length));
}
