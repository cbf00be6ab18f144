import { ApplianceError, invalidField } from '../errors.ts';
import {
  type CredentialChoice,
  type CredentialContext,
  type CredentialReference,
  CredentialRefusal,
  type CredentialSource,
  type CredentialSourceName,
} from './credential-source.ts';

const WITHOUT: Record<CredentialSourceName, string> = {
  vault: 'This site has no vault.',
  ecm: 'This site has no Endpoint Credential Manager.',
};

/** The sources of credentials this site has, by name. */
export class CredentialSources {
  readonly #sources = new Map<CredentialSourceName, CredentialSource>();

  constructor(sources: readonly CredentialSource[] = []) {
    for (const source of sources) this.#sources.set(source.name, source);
  }

  /** Every one, the vault first. */
  all(): CredentialSource[] {
    return (['vault', 'ecm'] as const).flatMap((name) => this.#sources.get(name) ?? []);
  }

  /** Fails with `invalid` about the field `credential` when the site has none of that name. */
  get(name: CredentialSourceName): CredentialSource {
    const source = this.#sources.get(name);
    if (source === undefined) throw invalidField('credential', WITHOUT[name]);
    return source;
  }

  /** One credential as its source knows it. Fails as `get`, and with `unavailable` when the source cannot say. */
  async findOne(
    context: CredentialContext,
    { source, id }: CredentialReference,
    signal: AbortSignal,
  ): Promise<CredentialChoice | undefined> {
    try {
      return await this.get(source).findOne(context, id, { signal });
    } catch (error) {
      if (!(error instanceof CredentialRefusal)) throw error;
      throw new ApplianceError('unavailable', error.message, { cause: error });
    }
  }
}
