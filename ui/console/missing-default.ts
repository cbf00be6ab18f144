import type { Schema } from '../shared/api.ts';

/** What a person reads whose default credential cannot be used: gone for good, or its store not answering now. */
export function missingDefault(offer: Pick<Schema<'CredentialList'>, 'default' | 'problems'>): {
  title: string;
  text: string;
} {
  const { name, source } = offer.default ?? { name: '', source: 'vault' };
  if (source === 'ecm' && offer.problems.length > 0) {
    return {
      title: 'Your default credential cannot be looked up now',
      text: `Whether ${name} is still there cannot be told: ${offer.problems.join(' ')}`,
    };
  }
  return {
    title: 'Your default credential was not found',
    text: `${name} cannot be used for this Jump Item any longer: it was removed, or you may no longer use it.`,
  };
}
