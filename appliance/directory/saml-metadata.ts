import type { ProviderSource } from './identity-provider.ts';
import type { ProviderSettings } from './security-provider.ts';

/** An identity provider as its metadata describes it, in the words of the settings it would fill. */
export interface DescribedIdentityProvider {
  entityId: string;
  /** `entity_id`, `login_url`, `sso_url_protocol_binding`, `logout_url`, `idp_certificates` and the like. */
  settings: ProviderSettings;
  /** What an administrator should know before saving. */
  remarks: string[];
}

/** Reads metadata of identity providers. Fails with `invalid` saying what is wrong with the document. */
export interface SamlMetadataReader {
  /** Every identity provider in the document; lists of entities may hold many. */
  read(xml: string, now: Date): Promise<DescribedIdentityProvider[]>;
}

/** Writes our own metadata. */
export interface SamlMetadataWriter {
  /** What an identity provider has to know of this site, for one security provider; signed when there is a key. */
  write(source: ProviderSource): Promise<string>;
}
