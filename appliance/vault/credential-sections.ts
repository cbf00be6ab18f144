import { credentialKey } from './credential-preferences.ts';
import type { CredentialChoice, CredentialReference } from './credential-source.ts';

/** At most so many are recommended. */
export const MOST_RECOMMENDED = 5;

export type CredentialSection = 'recommended' | 'associated' | 'other';

export interface OfferedCredential extends CredentialChoice {
  section: CredentialSection;
  favorite: boolean;
  isDefault: boolean;
}

export interface CredentialFacts {
  choices: readonly CredentialChoice[];
  /** What the person used on this system, the last used first. */
  used: readonly CredentialReference[];
  favorites: readonly CredentialReference[];
  default: CredentialReference | undefined;
}

const ORDER: Record<CredentialSection, number> = { recommended: 0, associated: 1, other: 2 };

/**
 * The order in which credentials are offered: what was used here before, the last used first; what is associated with the
 * Jump Item; the rest. Within the last two favourites go first, then names. Each credential appears once.
 */
export function offeredCredentials({
  choices,
  used,
  favorites,
  default: preset,
}: CredentialFacts): OfferedCredential[] {
  const known = new Map(choices.map((choice) => [credentialKey(choice), choice]));
  const recent = [...new Set(used.map(credentialKey))]
    .filter((key) => known.has(key))
    .slice(0, MOST_RECOMMENDED);
  const rank = new Map(recent.map((key, index) => [key, index]));
  const starred = new Set(favorites.map(credentialKey));
  const presetKey = preset && credentialKey(preset);
  const offered = [...known].map(([key, choice]) => ({
    key,
    rank: rank.get(key) ?? 0,
    credential: {
      ...choice,
      section: rank.has(key) ? 'recommended' : choice.associated ? 'associated' : 'other',
      favorite: starred.has(key),
      isDefault: key === presetKey,
    } satisfies OfferedCredential as OfferedCredential,
  }));
  offered.sort((one, other) => {
    const [a, b] = [one.credential, other.credential];
    return (
      ORDER[a.section] - ORDER[b.section] ||
      one.rank - other.rank ||
      Number(b.favorite) - Number(a.favorite) ||
      compare(a.name.toLowerCase(), b.name.toLowerCase()) ||
      compare(one.key, other.key)
    );
  });
  return offered.map(({ credential }) => credential);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
