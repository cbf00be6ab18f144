export interface SamlAddresses {
  /** Our metadata; its address is our entity ID unless a provider has another. */
  metadata: string;
  assertionConsumer: string;
  singleLogout: string;
}

/** Where identity providers reach this site for one security provider. */
export function samlAddresses(publicUrl: string, providerId: number): SamlAddresses {
  const base = `${publicUrl.replace(/\/+$/, '')}/saml/${providerId}`;
  return { metadata: `${base}/metadata`, assertionConsumer: `${base}/acs`, singleLogout: `${base}/slo` };
}
