import { X509Certificate } from 'node:crypto';
import { requireConfiguration, requireSecurityConfiguration } from '../access/configuration-rights.ts';
import type { Actor } from '../actor.ts';
import type { Clock } from '../clock.ts';
import { ApplianceError, invalidField } from '../errors.ts';
import { OutboundFailure, type OutboundHttp } from '../outbound-http.ts';
import type { ProviderRegistry } from './provider-registry.ts';
import { type SamlAddresses, samlAddresses } from './saml-addresses.ts';
import type { DescribedIdentityProvider, SamlMetadataReader, SamlMetadataWriter } from './saml-metadata.ts';
import type { SecurityProvider } from './security-provider.ts';
import type { SecurityProviderService } from './security-provider-service.ts';

/** A key and its certificate, PEM. */
export type SamlKeyMaker = (name: string) => Promise<{ certificate: string; privateKey: string }>;

export type SamlKeyStep =
  /** A new key pair in the place of the present one, at once. */
  | 'generate'
  /** A next key pair beside the present one: the first half of a roll-over. */
  | 'prepare'
  /** The next key pair becomes the present one: the second half. */
  | 'use_next'
  /** Gives the next key pair up. */
  | 'discard_next';

export interface SamlCertificate {
  use: 'present' | 'next' | 'identity_provider';
  subject: string;
  notBefore: Date;
  notAfter: Date;
  fingerprint: string;
}

export interface SamlStanding extends SamlAddresses {
  entityId: string;
  certificates: SamlCertificate[];
}

const LARGEST_METADATA_BYTES = 8 * 1024 * 1024;
const FETCH_MS = 10_000;
const MOST_DESCRIBED = 200;

/** What administrators need to join this site and an identity provider: addresses, certificates, keys, metadata. */
export class SamlSetupService {
  readonly #registry: ProviderRegistry;
  readonly #providers: SecurityProviderService;
  readonly #reader: SamlMetadataReader;
  readonly #writer: SamlMetadataWriter;
  readonly #newKey: SamlKeyMaker;
  readonly #http: OutboundHttp;
  readonly #clock: Clock;
  readonly #publicUrl: string;

  constructor(deps: {
    registry: ProviderRegistry;
    providers: SecurityProviderService;
    reader: SamlMetadataReader;
    writer: SamlMetadataWriter;
    newKey: SamlKeyMaker;
    http: OutboundHttp;
    clock: Clock;
    publicUrl: string;
  }) {
    this.#registry = deps.registry;
    this.#providers = deps.providers;
    this.#reader = deps.reader;
    this.#writer = deps.writer;
    this.#newKey = deps.newKey;
    this.#http = deps.http;
    this.#clock = deps.clock;
    this.#publicUrl = deps.publicUrl;
  }

  async standing(actor: Actor, id: number): Promise<SamlStanding> {
    requireConfiguration(actor);
    const { settings } = await this.#find(id);
    const addresses = samlAddresses(this.#publicUrl, id);
    return {
      ...addresses,
      entityId: String(settings['sp_entity_id'] || addresses.metadata),
      certificates: [
        ...certificatesIn(settings['certificate'], 'present'),
        ...certificatesIn(settings['next_certificate'], 'next'),
        ...certificatesIn(settings['idp_certificates'], 'identity_provider'),
      ],
    };
  }

  /** For anybody: it holds nothing but addresses and certificates. */
  async metadata(id: number): Promise<string> {
    return await this.#writer.write(this.#registry.sourceOf(await this.#find(id)));
  }

  /** Fails with `conflict` for a step whose next key is missing. */
  async key(actor: Actor, id: number, step: SamlKeyStep): Promise<SamlStanding> {
    requireSecurityConfiguration(actor);
    const provider = await this.#find(id);
    await this.#providers.update(actor, id, { settings: await this.#keyChanges(provider, step) });
    return await this.standing(actor, id);
  }

  /**
   * The identity providers that metadata describes, as text or at an address. Nothing is changed. Fails with `invalid`
   * naming `metadata` or `url`.
   */
  async preview(
    actor: Actor,
    from: { metadata?: string | undefined; url?: string | undefined },
  ): Promise<DescribedIdentityProvider[]> {
    requireSecurityConfiguration(actor);
    if ((from.metadata === undefined) === (from.url === undefined)) {
      throw invalidField('metadata', 'Give either metadata or url.');
    }
    const text = from.metadata ?? (await this.#fetch(from.url!));
    const found = await this.#reader.read(text, this.#clock.now());
    if (found.length === 0) {
      throw invalidField('metadata', 'The metadata describes no identity provider of SAML 2.0.');
    }
    return found.slice(0, MOST_DESCRIBED);
  }

  async #find(id: number): Promise<SecurityProvider> {
    const provider = await this.#registry.find(id);
    if (provider.type !== 'saml' && provider.type !== 'saml_portal') {
      throw new ApplianceError('not_found', `There is no SAML provider with id ${id}.`);
    }
    return provider;
  }

  async #keyChanges(provider: SecurityProvider, step: SamlKeyStep): Promise<Record<string, unknown>> {
    if (step === 'discard_next') return { next_certificate: '', next_private_key: null };
    if (step === 'use_next') {
      const next = await this.#registry.sourceOf(provider).secret('next_private_key');
      const certificate = provider.settings['next_certificate'];
      if (next === undefined || !certificate) {
        throw new ApplianceError('conflict', 'There is no next key pair. Prepare one first.');
      }
      return { certificate, private_key: next, next_certificate: '', next_private_key: null };
    }
    const made = await this.#newKey(new URL(this.#publicUrl).hostname);
    return step === 'prepare'
      ? { next_certificate: made.certificate, next_private_key: made.privateKey }
      : { certificate: made.certificate, private_key: made.privateKey };
  }

  async #fetch(url: string): Promise<string> {
    try {
      const answer = await this.#http.send({
        method: 'GET',
        url,
        headers: { accept: 'application/samlmetadata+xml, application/xml, text/xml' },
        timeoutMs: FETCH_MS,
        maxAnswerBytes: LARGEST_METADATA_BYTES,
      });
      if (answer.status !== 200)
        throw invalidField('url', `The address answers with status ${answer.status}.`);
      return new TextDecoder('utf-8', { fatal: true }).decode(answer.body);
    } catch (error) {
      if (error instanceof OutboundFailure) throw invalidField('url', error.message);
      if (error instanceof TypeError) throw invalidField('url', 'What the address answers is not in UTF-8.');
      throw error;
    }
  }
}

function certificatesIn(text: unknown, use: SamlCertificate['use']): SamlCertificate[] {
  const blocks = String(text ?? '').match(
    /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g,
  );
  return (blocks ?? []).map((pem) => {
    const certificate = new X509Certificate(pem);
    return {
      use,
      subject: certificate.subject?.replaceAll('\n', ', ') ?? '',
      notBefore: certificate.validFromDate,
      notAfter: certificate.validToDate,
      fingerprint: certificate.fingerprint256,
    };
  });
}
