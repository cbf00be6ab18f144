import { expect } from 'vitest';
import { type Call, configurationCalls } from './configuration-calls.ts';
import type { TestAppliance } from './test-appliance.ts';
import { type OidcTestOptions, type TestOidcProvider, testOidcProvider } from './test-oidc-provider.ts';

export interface OidcSite {
  there: TestOidcProvider;
  /** Of the security provider. */
  id: number;
  /** Of a group policy whose members are the group `Support` there. */
  policyId: number;
  admin: Call;
}

/** An appliance whose people sign in at a provider that runs in a process of its own. */
export async function oidcSite(
  appliance: TestAppliance,
  options: Partial<OidcTestOptions> = {},
  settings: Record<string, unknown> = {},
): Promise<OidcSite> {
  const there = await testOidcProvider({ publicUrl: appliance.url, ...options });
  const admin = configurationCalls(appliance.admin);
  const made = async (path: string, body: object): Promise<number> => {
    const answer = await admin('POST', path, body);
    expect(`${answer.status} ${JSON.stringify(answer.body)}`).toMatch(/^201/);
    return answer.body.id;
  };
  const ranges = { outbound_private_ranges: ['127.0.0.0/8', '::1'] };
  expect((await admin('PATCH', '/site-setting', ranges)).status).toBe(200);
  const id = await made('/security-provider', {
    type: 'oidc',
    name: 'Company sign-in',
    issuer: there.issuer,
    client_id: there.clientId,
    client_secret: there.clientSecret,
    ca_certificates: there.certificate,
    scopes: ['openid', 'profile', 'email', 'groups'],
    available_groups: ['Support'],
    ...settings,
  });
  const policyId = await made('/group-policy', { name: 'Support desk' });
  await made(`/group-policy/${policyId}/member`, { security_provider_id: id, group_name: 'Support' });
  return { there, id, policyId, admin };
}
