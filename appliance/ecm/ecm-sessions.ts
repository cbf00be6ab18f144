import type { CredentialContext } from '../vault/credential-source.ts';
import type { EcmSession } from './ecm-question.ts';
import type { EcmSessionFacts } from './ecm-session-facts.ts';

/** What is told of a person who is no longer there. */
const nobody = (id: number): EcmSession['user'] => ({
  id,
  username: '',
  displayName: '',
  emailAddress: '',
  distinguishedName: '',
  provider: '',
});

/** Tells credential managers who asks and for what. */
export class EcmSessions {
  readonly #facts: EcmSessionFacts;

  constructor(facts: EcmSessionFacts) {
    this.#facts = facts;
  }

  /** Without a user id the person was deleted. */
  async of(context: Omit<CredentialContext, 'userId'> & { userId: number | undefined }): Promise<EcmSession> {
    const { userId = 0, jumpItemId } = context;
    const found = await this.#facts.find(userId, jumpItemId);
    const url = context.kind === 'web_jump' ? context.hostname : '';
    return {
      lsid: context.lsid,
      user: found.user ?? nobody(userId),
      jumpItem: {
        id: jumpItemId ?? 0,
        type: context.kind,
        name: context.name,
        hostname: url && URL.canParse(url) ? new URL(url).hostname : context.hostname,
        port: context.port,
        username: context.username,
        ...(found.item ?? { group: '', tag: '', comments: '' }),
        url,
      },
      endpointId: context.ecmEndpointId,
    };
  }

  /** Of a person who asks about no Jump Item. */
  async ofPerson(userId: number): Promise<EcmSession> {
    const found = await this.#facts.find(userId, undefined);
    return {
      lsid: undefined,
      user: found.user ?? nobody(userId),
      jumpItem: undefined,
      endpointId: undefined,
    };
  }
}
