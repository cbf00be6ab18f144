import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { Clock } from '../../appliance/clock.ts';
import type {
  ProviderSource,
  ProviderTest,
  ProviderTester,
} from '../../appliance/directory/identity-provider.ts';
import type { ProviderTrace } from '../../appliance/directory/provider-trace.ts';
import { OutboundFailure, type OutboundHttp } from '../../appliance/outbound-http.ts';
import { pemBlocks, type SamlSettings, samlSettings } from './saml-settings.ts';

const DAY_MS = 86_400_000;
const SOON_DAYS = 30;
const REACH_MS = 5000;

/** What can be told about a SAML provider before anybody signs in by it. The rest is told by a sign-in that is tried. */
export class SamlTester implements ProviderTester {
  readonly #publicUrl: string;
  readonly #http: OutboundHttp;
  readonly #clock: Clock;

  constructor(deps: { publicUrl: string; http: OutboundHttp; clock: Clock }) {
    this.#publicUrl = deps.publicUrl;
    this.#http = deps.http;
    this.#clock = deps.clock;
  }

  async test(source: ProviderSource, _test: ProviderTest, trace: ProviderTrace): Promise<void> {
    const settings = await samlSettings(source, this.#publicUrl);
    const now = this.#clock.now();
    idpCertificates(settings, now, trace);
    ownCertificates(settings, now, trace, (await source.secret('private_key')) !== undefined);
    addresses(settings, trace);
    await this.#loginAddress(settings, now, trace);
  }

  /** Browsers go there, not this host, so that it cannot be reached from here says little. */
  async #loginAddress(
    { loginUrl, clockSkewMs }: SamlSettings,
    now: Date,
    trace: ProviderTrace,
  ): Promise<void> {
    try {
      const answer = await this.#http.send({
        method: 'GET',
        url: loginUrl,
        timeoutMs: REACH_MS,
        maxAnswerBytes: 1024 * 1024,
      });
      trace.passed('login_url', `${loginUrl} answers (status ${answer.status}).`);
      clock(answer.headers['date'], now, clockSkewMs, trace);
    } catch (error) {
      if (!(error instanceof OutboundFailure)) throw error;
      if (error.problem === 'redirected' || error.problem === 'too_large') {
        trace.passed('login_url', `${loginUrl} answers.`);
      } else if (error.problem === 'unknown_host' || error.problem === 'bad_url') {
        trace.failed(
          'login_url',
          error.message,
          'Check the login address for typing errors, or import the metadata of the identity provider.',
        );
      } else {
        trace.noted(
          'login_url',
          error.message,
          'Only browsers have to reach the login address. If people see an error there, check it in a browser.',
        );
      }
    }
  }
}

function idpCertificates({ idpCertificates: pems }: SamlSettings, now: Date, trace: ProviderTrace): void {
  if (pems.length === 0) {
    trace.failed(
      'idp_certificate',
      'There is no certificate of the identity provider, so no answer of it can be believed.',
      'Import the metadata of the identity provider, or paste its signing certificate.',
    );
    return;
  }
  let usable = 0;
  for (const pem of pems) {
    const certificate = new X509Certificate(pem);
    const name = nameOf(certificate);
    if (certificate.publicKey.asymmetricKeyType !== 'rsa') {
      trace.noted(
        'idp_certificate',
        `${name} holds a key that is not RSA; signatures by it are not accepted.`,
      );
      continue;
    }
    if (expiry(certificate, name, now, trace, 'idp_certificate', 'noted')) usable += 1;
  }
  if (usable === 0) {
    trace.failed(
      'idp_certificate',
      'No certificate of the identity provider is valid today.',
      'Wrong certificate: the identity provider has probably changed it. Import its metadata again.',
    );
  }
}

function ownCertificates(settings: SamlSettings, now: Date, trace: ProviderTrace, hasKey: boolean): void {
  const [pem] = pemBlocks(settings.certificate);
  if (pem === undefined || !hasKey) {
    const needed = settings.signRequests || settings.requireEncryption;
    const message =
      'This provider has no key pair: requests are not signed, and assertions cannot be encrypted.';
    const advice = 'Generate a key pair for the provider, then give our metadata to the identity provider.';
    if (needed) trace.failed('certificate', message, advice);
    else trace.noted('certificate', message, advice);
    return;
  }
  const certificate = new X509Certificate(pem);
  if (settings.signingKey && !certificate.checkPrivateKey(createPrivateKey(settings.signingKey.privateKey))) {
    trace.failed(
      'certificate',
      'The private key of this provider does not belong to its certificate.',
      'Wrong certificate: generate a new key pair, or paste the certificate that was made for this key.',
    );
    return;
  }
  expiry(certificate, nameOf(certificate), now, trace, 'certificate', 'failed');
}

/** Says how long a certificate is good for; true while it is. */
function expiry(
  certificate: X509Certificate,
  name: string,
  now: Date,
  trace: ProviderTrace,
  step: string,
  whenOver: 'failed' | 'noted',
): boolean {
  const days = Math.floor((certificate.validToDate.getTime() - now.getTime()) / DAY_MS);
  const until = certificate.validToDate.toISOString().slice(0, 10);
  if (certificate.validFromDate > now) {
    trace[whenOver](
      step,
      `${name} is valid only from ${certificate.validFromDate.toISOString()} on.`,
      'Check the clock of this host.',
    );
    return false;
  }
  if (days < 0) {
    trace[whenOver](
      step,
      `${name} expired on ${until}.`,
      'Replace the certificate here and at the other side.',
    );
    return false;
  }
  if (days < SOON_DAYS)
    trace.noted(step, `${name} expires on ${until}, in ${days} days.`, 'Roll over to a new one before that.');
  else trace.passed(step, `${name} is valid until ${until}.`);
  return true;
}

function addresses(settings: SamlSettings, trace: ProviderTrace): void {
  trace.noted(
    'metadata',
    `The identity provider must know this site as ${settings.spEntityId} and send answers to ${settings.acsUrl}.`,
    'Give it our metadata, or compare entity ID (audience) and assertion consumer address (recipient) letter by letter.',
  );
  if (settings.idpEntityId === settings.spEntityId) {
    trace.failed(
      'metadata',
      'The entity ID of the identity provider is our own.',
      'Copy the entity ID from the metadata of the identity provider.',
    );
  }
}

function clock(date: string | undefined, now: Date, skewMs: number, trace: ProviderTrace): void {
  const theirs = Date.parse(date ?? '');
  if (Number.isNaN(theirs)) return;
  const difference = Math.round((now.getTime() - theirs) / 1000);
  if (Math.abs(difference) * 1000 <= skewMs) {
    trace.passed('clock', `The clocks differ by ${Math.abs(difference)} seconds.`);
    return;
  }
  trace.failed(
    'clock',
    `Our clock is ${Math.abs(difference)} seconds ${difference > 0 ? 'ahead of' : 'behind'} that of the identity provider, and ${skewMs / 1000} are allowed.`,
    'Clock skew: let both hosts take their time from NTP.',
  );
}

function nameOf(certificate: X509Certificate): string {
  const subject = certificate.subject?.replaceAll('\n', ', ') || 'without a name';
  return `The certificate ${subject}`;
}
