import { actorName } from '../actor.ts';
import { ApplianceError } from '../errors.ts';
import { holderNamed, sessionHolder } from '../sessions/session-holder.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import {
  type CredentialChoice,
  type CredentialChoices,
  type CredentialContext,
  CredentialRefusal,
  type CredentialSource,
  type SealedCredential,
  type SealingRecipient,
} from './credential-source.ts';
import type { VaultAccount } from './vault-account.ts';
import type { VaultCredential, VaultCredentials } from './vault-credential.ts';
import type { VaultHolding } from './vault-holding.ts';
import { type InjectableAccount, injectableTypes } from './vault-injection.ts';

/** What is listed at most; a search finds the others. */
export const VAULT_LIST_LIMIT = 2_000;

/** Seals a credential for the program that will use it. */
export type CredentialSealer = (recipient: SealingRecipient, credential: VaultCredential) => string;

export interface VaultSourceDeps {
  stores: Stores;
  unitOfWork: UnitOfWork;
  holding: VaultHolding;
  credentials: VaultCredentials;
  seal: CredentialSealer;
}

/**
 * The vault's accounts as credentials for sessions: those of somebody who may at least inject them, that are associated
 * with the target. Giving one checks it out to the session, and the end of the session checks it in.
 */
export class VaultCredentialSource implements CredentialSource {
  readonly name = 'vault';
  readonly limit = VAULT_LIST_LIMIT;
  readonly #deps: VaultSourceDeps;

  constructor(deps: VaultSourceDeps) {
    this.#deps = deps;
  }

  async find(
    context: CredentialContext,
    { search, limit }: { search: string; limit: number },
  ): Promise<CredentialChoices> {
    const found = await this.#deps.stores.vaultInjectables.find(context.userId, context, {
      types: injectableTypes(context.kind),
      search,
      limit: limit + 1,
    });
    return {
      items: found.slice(0, limit).map(choiceOf),
      truncated: found.length > limit,
      problems: [],
    };
  }

  async findOne(context: CredentialContext, id: string): Promise<CredentialChoice | undefined> {
    const account = await injectable(this.#deps.stores, context, id);
    return account && choiceOf(account);
  }

  async give(
    context: CredentialContext & { lsid: string },
    id: string,
    recipient: SealingRecipient,
  ): Promise<SealedCredential> {
    const { stores, credentials, seal } = this.#deps;
    const { lsid } = context;
    const { account, representative } = await this.#checkOut(context, id);
    // Signing with an authority's key may take a while, so nothing is held meanwhile.
    const credential = await credentials.openForSession(stores, account, { lsid, representative });
    return { sealed: seal(recipient, credential), name: account.name, username: account.username };
  }

  async release({ lsid }: { lsid: string }, id: string): Promise<void> {
    const { unitOfWork, holding } = this.#deps;
    await unitOfWork.inTransaction(async (stores) => {
      const account = await stores.vaultAccounts.lockById(accountId(id));
      if (account === undefined) return;
      const open = await stores.vaultCheckOuts.findOpen([account.id]);
      const held = open.filter((checkOut) => checkOut.lsid === lsid);
      const [first] = held;
      if (first === undefined) return;
      const holder = holderNamed(first.userId ?? undefined, first.holderName);
      await stores.vaultActivity.record({ type: 'Credentials Checked In', account, actor: holder, lsid });
      await holding.giveBack(stores, account, held, holder);
    });
  }

  async #checkOut(
    context: CredentialContext & { lsid: string },
    id: string,
  ): Promise<{ account: VaultAccount; representative: string }> {
    const { unitOfWork, holding } = this.#deps;
    const { lsid } = context;
    return await unitOfWork.inTransaction(async (stores) => {
      // In this order everywhere: the session, then the account.
      const session = await stores.sessions.lock(lsid);
      if (session === undefined || session.state === 'ended')
        throw new CredentialRefusal('not_found', 'The session has ended.');
      const account = await stores.vaultAccounts.lockById(accountId(id));
      if (account === undefined || (await injectable(stores, context, id)) === undefined)
        throw new CredentialRefusal('forbidden', 'It may not be injected here any longer.');
      const holder = await sessionHolder(stores, lsid);
      await holding.take(stores, account, holder, lsid).catch(asRefusal);
      await stores.vaultActivity.record({ type: 'Credentials Used', account, actor: holder, lsid });
      return { account, representative: actorName(holder) };
    });
  }
}

async function injectable(
  { vaultInjectables }: Pick<Stores, 'vaultInjectables'>,
  context: CredentialContext,
  id: string,
): Promise<InjectableAccount | undefined> {
  return await vaultInjectables.findOne(
    context.userId,
    context,
    accountId(id),
    injectableTypes(context.kind),
  );
}

/** 0, which no account has, for what is no id. */
function accountId(id: string): number {
  return /^[1-9]\d{0,9}$/.test(id) && Number(id) < 2 ** 31 ? Number(id) : 0;
}

function choiceOf({ id, name, username, type, groupName, associated }: InjectableAccount): CredentialChoice {
  return { source: 'vault', id: String(id), name, username, type, group: groupName, associated };
}

/** Somebody else has it. */
function asRefusal(error: unknown): never {
  if (error instanceof ApplianceError && error.code === 'invalid')
    throw new CredentialRefusal('in_use', error.message);
  throw error;
}
