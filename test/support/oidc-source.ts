import type { ProviderSource } from '../../appliance/directory/identity-provider.ts';
import type { ProviderSettings } from '../../appliance/directory/security-provider.ts';

/** An OpenID provider as an administrator set it up, with id 7. */
export function oidcSource(
  settings: Record<string, unknown>,
  clientSecret: string | undefined,
): ProviderSource {
  return {
    provider: {
      id: 7,
      revision: 1,
      type: 'oidc',
      name: 'Company',
      enabled: true,
      priority: 1,
      defaultPolicyId: null,
      settings: settings as ProviderSettings,
    },
    secret: async (name) => (name === 'client_secret' ? clientSecret : undefined),
  };
}
