import type { CredentialContext } from './credential-source.ts';
import type { EcmSession } from './ecm-question.ts';
import type { EcmSessionFacts } from './ecm-session-facts.ts';

/** Who somebody is when the person is no longer there: the session still has to be told of. */
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

  async of(context: CredentialContext): Promise<EcmSession> {
    const { userId, jumpItemId } = context;
    const found = await this.#facts.find(userId, jumpItemId);
    const url = context.kind === 'web_jump' ? context.hostname : '';
    return {
      lsid: context.lsid,
      user: found?.user ?? nobody(userId),
      jumpItem: {
        id: jumpItemId ?? 0,
        type: context.kind,
        name: context.name,
        hostname: url && URL.canParse(url) ? new URL(url).hostname : context.hostname,
        port: context.port,
        username: context.username,
        ...(found?.item ?? { group: '', tag: '', comments: '' }),
        url,
      },
    };
  }

  /** Of a person who asks about no item. */
  async ofPerson(userId: number): Promise<EcmSession> {
    const found = await this.#facts.find(userId, undefined);
    return { lsid: undefined, user: found?.user ?? nobody(userId), jumpItem: undefined };
  }
}
