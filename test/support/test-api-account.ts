import { randomToken } from '../../appliance/secrets.ts';
import { configurationCalls } from './configuration-calls.ts';
import { type Caller, caller, type TestAppliance } from './test-appliance.ts';

/** A new API account with these permissions and no others. */
export async function testApiAccount(
  appliance: TestAppliance,
  permissions: Record<string, unknown> = {},
): Promise<Caller> {
  const admin = configurationCalls(appliance.admin);
  const { body } = await admin('POST', '/api-account', { name: randomToken(12), ...permissions });
  const answer = await fetch(new URL('/oauth2/token', appliance.url), {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${body.client_id}:${body.client_secret}`).toString('base64')}`,
    },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  return caller(appliance.url, async () => ({ authorization: `Bearer ${token}` }));
}
