import type { UserActor } from '../actor.ts';
import { ApplianceError, invalidField } from '../errors.ts';
import type { Stores } from '../stores.ts';
import type { CredentialChoice, CredentialContext, CredentialReference } from '../vault/credential-source.ts';
import type { CredentialSources } from '../vault/credential-sources.ts';
import type { JumpSubject } from './jump-facts.ts';
import type { ShellTarget } from './support-session.ts';

/** A credential manager may have to ask a slow store. */
const ANSWER_MS = 20_000;

const ID_LENGTH = 320;

/** What sources are told of a jump that somebody is about to begin. */
export function credentialContext(
  userId: number,
  { item, kind, name, ecmEndpointId }: JumpSubject,
  shell: ShellTarget,
): CredentialContext {
  return {
    userId,
    lsid: undefined,
    jumpItemId: item?.id,
    kind,
    name,
    hostname: shell.hostname,
    port: shell.port,
    username: shell.username,
    ecmEndpointId,
  };
}

/** A credential named with a start. */
export interface WantedCredential extends CredentialReference {
  /** Make it the person's default of the Jump Item. */
  remember?: boolean | undefined;
}

/** What a jump starts with; undefined for a credential: none is injected. */
export interface StartCredential {
  choice: CredentialChoice | undefined;
  /** It becomes the default of this Jump Item. */
  rememberFor: number | undefined;
}

/**
 * The credential a jump starts with: the one that was named (null: none), or else the person's default of the Jump Item.
 * Fails as {@link chosenCredential}, and with `conflict` and the reason `default_credential` when the default is not one
 * that the person may use here now.
 */
export async function startCredential(
  { stores, sources }: { stores: Pick<Stores, 'credentialPreferences'>; sources: CredentialSources },
  actor: UserActor,
  wanted: {
    named: WantedCredential | null | undefined;
    subject: JumpSubject;
    shell: ShellTarget;
    username: string;
  },
): Promise<StartCredential> {
  const { named, subject, shell, username } = wanted;
  const itemId = subject.item?.id;
  if (named) {
    const rememberFor = named.remember === true ? itemId : undefined;
    if (named.remember === true && itemId === undefined) {
      throw invalidField('credential', 'Only a saved Jump Item can have a default credential.');
    }
    const reference = { source: named.source, id: named.id };
    return {
      choice: await chosenCredential(sources, actor, { reference, subject, shell, username }),
      rememberFor,
    };
  }
  const preset =
    named === null || itemId === undefined
      ? undefined
      : await stores.credentialPreferences.defaultFor(actor.userId, itemId);
  if (preset === undefined) return { choice: undefined, rememberFor: undefined };
  try {
    const reference = { source: preset.source, id: preset.id };
    return {
      choice: await chosenCredential(sources, actor, { reference, subject, shell, username }),
      rememberFor: undefined,
    };
  } catch (error) {
    if (!(error instanceof ApplianceError) || (error.code !== 'forbidden' && error.code !== 'invalid'))
      throw error;
    throw new ApplianceError(
      'conflict',
      `Your default credential “${preset.name}” cannot be used for this Jump Item now. Choose another, or none.`,
      { facts: { reason: 'default_credential' }, cause: error },
    );
  }
}

/**
 * The credential that somebody wants to jump with, without its secret. Fails with `forbidden` when there is no such
 * credential for this person here (which of the two is not told), with `invalid` about `credential` or `username`, and
 * with `unavailable` when its source does not answer.
 */
async function chosenCredential(
  sources: CredentialSources,
  actor: UserActor,
  wanted: { reference: CredentialReference; subject: JumpSubject; shell: ShellTarget; username: string },
): Promise<CredentialChoice> {
  const { reference, subject, shell, username } = wanted;
  sources.get(reference.source);
  if (reference.id === '' || reference.id.length > ID_LENGTH)
    throw invalidField('credential', `The id of a credential has 1 to ${ID_LENGTH} characters.`);
  if (shell.protocol === 'telnet') {
    throw invalidField(
      'credential',
      'Credentials are not injected into Telnet: it cannot prove which system answers, and carries passwords readable.',
    );
  }
  const signal = AbortSignal.timeout(ANSWER_MS);
  const choice = await sources.findOne(credentialContext(actor.userId, subject, shell), reference, signal);
  if (choice === undefined) {
    const sentence = 'There is no such credential that you may use here.';
    throw new ApplianceError('forbidden', sentence, {
      fields: { credential: [sentence] },
      facts: { reason: 'credential' },
    });
  }
  // What it signs holds for its own login name alone.
  if (choice.type === 'ssh_ca' && username && username !== choice.username)
    throw invalidField('username', `“${choice.name}” signs in as ${choice.username} only.`);
  return choice;
}
