import { randomToken } from '../../appliance/secrets.ts';
import { type Answer, type Call, configurationCalls, liftRateLimits } from './configuration-calls.ts';
import { type Caller, caller, type TestAppliance, testAppliance } from './test-appliance.ts';

export const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
export const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
export const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** An appliance with an enabled SCIM provider and an API account of its directory. */
export interface ScimSite {
  appliance: TestAppliance;
  admin: Call;
  providerId: number;
  apiAccountId: number;
  /** Paths are below `/api/scim/v2`. */
  scim: Call;
  /** The same under any path, by anybody. */
  stop(): Promise<void>;
}

export async function scimSite(settings: Record<string, unknown> = {}): Promise<ScimSite> {
  const appliance = await testAppliance();
  await liftRateLimits(appliance);
  const admin = configurationCalls(appliance.admin);
  const provider = await admin('POST', '/security-provider', {
    type: 'scim',
    name: 'Directory',
    ...settings,
  });
  const { secret, id } = await scimAccount(admin);
  return {
    appliance,
    admin,
    providerId: provider.body.id,
    apiAccountId: id,
    scim: scimCalls(bearer(appliance, secret)),
    stop: () => appliance.stop(),
  };
}

/** An API account that may call the SCIM API with its secret. */
export async function scimAccount(
  admin: Call,
  more: Record<string, unknown> = {},
): Promise<{ id: number; clientId: string; secret: string; name: string }> {
  const { status, body } = await admin('POST', '/api-account', {
    name: `directory ${randomToken(8)}`,
    perm_scim: true,
    long_lived_bearer_token: true,
    ...more,
  });
  if (status !== 201) throw new Error(JSON.stringify(body));
  return { id: body.id, clientId: body.client_id, secret: body.client_secret, name: body.name };
}

export function bearer(appliance: TestAppliance, token: string): Caller {
  return caller(appliance.url, async () => ({ authorization: `Bearer ${token}` }));
}

/** Calls of the SCIM API with its own media type. */
export function scimCalls(who: Caller, base = '/api/scim/v2'): Call {
  return async (method, path, json, headers = {}): Promise<Answer> => {
    const body = json === undefined ? null : typeof json === 'string' ? json : JSON.stringify(json);
    const response = await who(base + path, {
      method,
      headers: { ...(body !== null && { 'content-type': 'application/scim+json' }), ...headers },
      body,
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true && text !== '';
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  };
}

export function patch(...operations: object[]): object {
  return { schemas: [PATCH], Operations: operations };
}
