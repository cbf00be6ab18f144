import type { AssertionReplays } from '../../../appliance/directory/assertion-replays.ts';
import type { ProviderSource } from '../../../appliance/directory/identity-provider.ts';
import { ProviderTrace } from '../../../appliance/directory/provider-trace.ts';
import type {
  ProviderSettings,
  SecurityProviderType,
} from '../../../appliance/directory/security-provider.ts';
import { PROVIDER_KINDS } from '../../../appliance/directory/security-provider-kinds.ts';
import { ApplianceError } from '../../../appliance/errors.ts';
import { randomToken } from '../../../appliance/secrets.ts';
import { SamlProvider, type SamlVouchedIdentity } from '../../../integrations/saml/saml-provider.ts';
import { type KeyPair, type MessageParts, newKeyPair } from './hostile-idp.ts';

const PUBLIC_URL = 'https://support.example.test';
const IDP = 'https://idp.example.test/metadata';

export class MemoryReplays implements AssertionReplays {
  readonly #seen = new Set<string>();

  async remember(providerId: number, messageId: string): Promise<boolean> {
    const key = `${providerId} ${messageId}`;
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }

  async deleteExpired(): Promise<number> {
    return 0;
  }
}

export type Verdict =
  | { accepted: true; identity: SamlVouchedIdentity['identity']; vouched: SamlVouchedIdentity }
  | { accepted: false; check: string; reason: string; advice: string | undefined };

/** Our side of a provider whose identity provider is the test itself. */
export interface SamlWorld {
  idpKey: KeyPair;
  ourKey: KeyPair;
  nextKey: KeyPair;
  provider: SamlProvider;
  source(settings?: ProviderSettings, type?: SecurityProviderType): ProviderSource;
  /** Begins a sign-in. */
  begin(settings?: ProviderSettings): Promise<{ parts: MessageParts; memo: string }>;
  /** Hands a Response to `finish`. Anything but an acceptance or a judged refusal fails the test. */
  judge(begun: { memo: string }, response: string, settings?: ProviderSettings): Promise<Verdict>;
}

export async function samlWorld(): Promise<SamlWorld> {
  const [idpKey, ourKey, nextKey] = await Promise.all(['idp', 'sp', 'sp next'].map(newKeyPair));
  const provider = new SamlProvider({
    publicUrl: PUBLIC_URL,
    replays: new MemoryReplays(),
    clock: { now: () => new Date() },
  });
  const source = (settings: ProviderSettings = {}, type: SecurityProviderType = 'saml'): ProviderSource => ({
    provider: {
      id: 7,
      type,
      name: 'Company sign-in',
      enabled: true,
      priority: 1,
      defaultPolicyId: null,
      revision: 1,
      settings: {
        ...Object.fromEntries(
          Object.entries(PROVIDER_KINDS[type].settings).map(([name, { initial }]) => [name, initial]),
        ),
        entity_id: IDP,
        login_url: 'https://idp.example.test/sso',
        idp_certificates: idpKey!.cert,
        certificate: ourKey!.cert,
        next_certificate: nextKey!.cert,
        ...settings,
      },
    },
    secret: async (name) =>
      name === 'private_key' ? ourKey!.key : name === 'next_private_key' ? nextKey!.key : undefined,
  });
  return {
    idpKey: idpKey!,
    ourKey: ourKey!,
    nextKey: nextKey!,
    provider,
    source,
    async begin(settings) {
      const { memo } = await provider.begin(
        source(settings),
        { state: randomToken(43) },
        new ProviderTrace(),
      );
      const { requestId } = JSON.parse(memo) as { requestId: string };
      const base = `${PUBLIC_URL}/saml/7`;
      return { memo, parts: { idp: IDP, sp: `${base}/metadata`, acs: `${base}/acs`, requestId } };
    },
    async judge({ memo }, response, settings) {
      const trace = new ProviderTrace();
      const parameters = { SAMLResponse: Buffer.from(response).toString('base64') };
      try {
        const vouched = await provider.finish(source(settings), { memo, parameters }, trace);
        return { accepted: true, identity: vouched.identity, vouched };
      } catch (error) {
        const { failure } = trace;
        if (!(error instanceof ApplianceError) || error.code !== 'unauthenticated' || failure === undefined)
          throw error;
        return { accepted: false, check: failure.step, reason: failure.message, advice: failure.advice };
      }
    },
  };
}
