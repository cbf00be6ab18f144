import type { SecurityProvider } from '../../appliance/directory/security-provider.ts';
import { PROVIDER_KINDS } from '../../appliance/directory/security-provider-kinds.ts';

/** What an administrator said about an OpenID provider. */
export interface OidcSettings {
  /** Exactly as the provider writes it, with or without a slash at the end. */
  issuer: string;
  clientId: string;
  scopes: readonly string[];
  /** Claims or templates, see `claimText`. */
  userName: string;
  displayName: string;
  email: string;
  /** Name or path of a claim; empty: the provider says nothing of groups. */
  groupsClaim: string;
  groupDelimiter: string;
  /** Nothing listed: any way of signing in there will do. */
  acrValues: readonly string[];
  /** Seconds; 0: however long ago. */
  maxAge: number;
  caCertificates: string | undefined;
  endSession: boolean;
}

export function oidcSettings({ settings }: SecurityProvider): OidcSettings {
  const value = <T>(name: string): T =>
    (settings[name] ?? PROVIDER_KINDS.oidc.settings[name]?.initial) as unknown as T;
  return {
    issuer: value('issuer'),
    clientId: value('client_id'),
    scopes: [...new Set(['openid', ...value<string[]>('scopes')])],
    userName: value('user_name'),
    displayName: value('display_name'),
    email: value('email'),
    groupsClaim: value('groups_claim'),
    groupDelimiter: value('group_delimiter'),
    acrValues: value('acr_values'),
    maxAge: value('max_age'),
    caCertificates: value<string>('ca_certificates') || undefined,
    endSession: value('end_session'),
  };
}
