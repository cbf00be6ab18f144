import { invalidField } from '../errors.ts';

/**
 * Categories as they are kept: without space around them, each once (ignoring case), in the order they were given.
 * A slash makes a subcategory. Fails with `invalid` for an empty part.
 */
export function tidyCategories(names: readonly string[]): string[] {
  const tidy = new Map<string, string>();
  for (const name of names) {
    const parts = name.split('/').map((part) => part.trim());
    if (parts.includes('')) {
      throw invalidField('categories', `The category "${name}" is empty or has an empty part.`);
    }
    const joined = parts.join('/');
    if (!tidy.has(joined.toLowerCase())) tidy.set(joined.toLowerCase(), joined);
  }
  return [...tidy.values()];
}
