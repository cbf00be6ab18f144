import type { CredentialReference } from './credential-source.ts';

/** A credential with the name it had when it was chosen. */
export interface NamedCredential extends CredentialReference {
  name: string;
}

/** What a credential was used for. Signing in is the one there is; others come with the sessions that need them. */
export type CredentialUseContext = 'login';

/** The system a credential was used on: names are compared ignoring case. */
export interface CredentialEndpoint {
  hostname: string;
  context: CredentialUseContext;
}

/** What the appliance remembers of each person's credentials: where they were used, favourites, defaults. No secrets. */
export interface CredentialPreferences {
  /** Those the person used on this system, the last used first. */
  used(userId: number, endpoint: CredentialEndpoint, limit: number): Promise<NamedCredential[]>;
  noteUse(userId: number, endpoint: CredentialEndpoint, credential: NamedCredential): Promise<void>;
  /** In no order. */
  favorites(userId: number): Promise<CredentialReference[]>;
  /** Tells whether it was none before. Fails with `invalid` when the person has too many. */
  addFavorite(userId: number, credential: NamedCredential): Promise<boolean>;
  /** Tells whether it was one. */
  removeFavorite(userId: number, credential: CredentialReference): Promise<boolean>;
  defaultFor(userId: number, jumpItemId: number): Promise<NamedCredential | undefined>;
  /** Replaces the one there was. */
  setDefault(userId: number, jumpItemId: number, credential: NamedCredential): Promise<void>;
  /** Tells whether there was one. */
  clearDefault(userId: number, jumpItemId: number): Promise<boolean>;
}

/** Favourites of one person. */
export const MOST_FAVORITES = 200;

/** One text for each credential, to compare by. */
export function credentialKey({ source, id }: CredentialReference): string {
  return `${source}:${id}`;
}
