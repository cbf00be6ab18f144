import type { ExternalLookup } from '../../appliance/directory/external-lookup.ts';
import type {
  ProviderSource,
  ProviderTest,
  ProviderTester,
} from '../../appliance/directory/identity-provider.ts';
import type { ProviderTrace } from '../../appliance/directory/provider-trace.ts';
import { ApplianceError } from '../../appliance/errors.ts';
import { explainMissing, explainPassword } from './kerberos-failure.ts';
import { KerberosProcess } from './kerberos-process.ts';
import { type KerberosLibrary, whyBarred } from './kerberos-provider.ts';
import { enctypeName, isWeak, type KeytabEntry, keytabOf, principalOf, readKeytab } from './keytab.ts';
import { readPrincipal, takesService, textsOf, usernameOf } from './principal-rules.ts';

/** Domain controllers that do not answer are given up after a while by the library itself. */
const PATIENCE_MS = 40_000;

type Library = KerberosLibrary & Pick<KerberosProcess, 'stop'>;

/** Tries a Kerberos provider: what it can sign in with, whom it would let in, and the realm where it can be reached. */
export class KerberosTester implements ProviderTester {
  readonly #publicHost: string;
  readonly #lookup: Pick<ExternalLookup, 'complete'>;
  readonly #library: () => Library;

  /** Each test has a library of its own: sign-ins must not wait for domain controllers that do not answer. */
  constructor(deps: {
    publicUrl: string;
    lookup: Pick<ExternalLookup, 'complete'>;
    library?: () => Library;
  }) {
    this.#publicHost = new URL(deps.publicUrl).hostname;
    this.#lookup = deps.lookup;
    this.#library = deps.library ?? (() => new KerberosProcess({ patienceMs: PATIENCE_MS }));
  }

  async test(source: ProviderSource, test: ProviderTest, trace: ProviderTrace): Promise<void> {
    const library = this.#library();
    try {
      await this.#go(library, source, test, trace);
    } catch (error) {
      if (!(error instanceof ApplianceError && error.code === 'unavailable')) throw error;
      if (trace.failure === undefined) trace.failed('kerberos', error.message);
    } finally {
      await library.stop();
    }
  }

  async #go(library: Library, source: ProviderSource, test: ProviderTest, trace: ProviderTrace) {
    const { settings } = source.provider;
    const module = await library.ask({ ask: 'available' });
    if (module.reply === 'missing') {
      const { step, message, advice } = explainMissing(module.message);
      trace.failed(step, message, advice);
    } else trace.passed('module', 'This server has the Kerberos library.');
    const keytab = readKeytab((await source.secret('keytab')) ?? '');
    if (keytab.kind === 'unusable') {
      trace.failed(
        'keytab',
        `The keytab cannot be used: ${keytab.reason}.`,
        'Export it (ktpass, msktutil or ktadd), encode it once (base64 -w0 FILE) and set it as the keytab of the provider.',
      );
      return;
    }
    this.#noteKeytab(keytab.entries, trace);
    const services = keytab.entries.filter(({ name, realm }) => takesService(name, realm, settings));
    if (!this.#checkServices(services, settings, trace)) return;
    const ownRealms = new Set(keytab.entries.map(({ realm }) => realm));
    if (settings.user_mode === 2) notePattern(String(settings.allowed_users_regex), trace);
    if (test.username !== undefined) {
      await this.#checkPerson(library, source, { ...test, username: test.username }, ownRealms, trace);
    }
    if (module.reply !== 'missing') await askRealm(library, this.#bestOf(services), trace);
  }

  #noteKeytab(entries: readonly KeytabEntry[], trace: ProviderTrace): void {
    const keys = entries.map(
      (entry) => `${principalOf(entry)} (version ${entry.kvno}, ${enctypeName(entry.enctype)})`,
    );
    const more = keys.length > 12 ? ` and ${keys.length - 12} more` : '';
    trace.passed('keytab', `The keytab holds ${keys.slice(0, 12).join(', ')}${more}.`);
    if (entries.every(({ enctype }) => isWeak(enctype))) {
      trace.noted(
        'keytab',
        'It holds keys of outdated encryption types alone.',
        'Export it with AES keys (ktpass -crypto AES256-SHA1) and switch the others off.',
      );
    }
  }

  #checkServices(
    services: readonly KeytabEntry[],
    settings: ProviderSource['provider']['settings'],
    trace: ProviderTrace,
  ): boolean {
    const wanted = `HTTP/${this.#publicHost}`;
    if (services.length === 0) {
      const message =
        settings.spn_mode === true
          ? `The keytab holds no key of ${textsOf(settings, 'allowed_spns').join(', ') || 'any allowed service: allowed_spns is empty'}.`
          : 'The keytab holds no key of an HTTP service; browsers ask for tickets of such services alone.';
      trace.failed(
        'spn',
        message,
        `Register the SPN ${wanted} for the service account and export a keytab for it: ktpass -princ ${wanted}@REALM, or ktadd ${wanted}.`,
      );
      return false;
    }
    const names = [...new Set(services.map(principalOf))].join(', ');
    trace.passed('spn', `Tickets are taken for ${names}.`);
    if (!services.some(({ name }) => name.toLowerCase() === wanted.toLowerCase())) {
      trace.noted(
        'spn',
        `None of them is ${wanted}, which browsers ask for at the address of this site.`,
        'Unless that name is an alias (CNAME) of one in the keytab, register its SPN and export the keytab with it.',
      );
    }
    return true;
  }

  async #checkPerson(
    library: Library,
    source: ProviderSource,
    { username, password }: ProviderTest & { username: string },
    ownRealms: ReadonlySet<string>,
    trace: ProviderTrace,
  ): Promise<void> {
    const { provider } = source;
    const [realm = ''] = ownRealms;
    const principal = readPrincipal(username.includes('@') ? username : `${username}@${realm}`);
    if (principal === undefined) {
      trace.failed(
        'rules',
        `${username} is no name of a Kerberos user.`,
        `Write it as NAME or NAME@${realm}.`,
      );
      return;
    }
    const barred = await whyBarred(library, principal, ownRealms, provider.settings);
    if (barred !== undefined) {
      trace.failed(barred.step, barred.message, barred.advice);
      return;
    }
    const identity = {
      externalId: principal.whole,
      username: usernameOf(principal, ownRealms, provider.settings),
    };
    trace.passed('rules', `${principal.whole} may sign in, as ${identity.username}.`);
    if (password !== undefined) await checkPassword(library, principal.whole, password, trace);
    const names = ownRealms.has(principal.realm) ? [principal.name, principal.whole] : [principal.whole];
    const known = await this.#lookup.complete(provider, identity, names, trace);
    if (known.kind === 'disabled') {
      trace.failed(
        'lookup',
        `${principal.whole} is ${known.reason}.`,
        'Enable the account in the directory.',
      );
    }
  }

  /** The service of this site where there is one. */
  #bestOf(services: readonly KeytabEntry[]): KeytabEntry[] {
    const wanted = `http/${this.#publicHost}`;
    const best = services.find(({ name }) => name.toLowerCase() === wanted) ?? services[0]!;
    return services.filter(({ name, realm }) => name === best.name && realm === best.realm);
  }
}

async function checkPassword(
  library: Library,
  principal: string,
  password: string,
  trace: ProviderTrace,
): Promise<void> {
  const reply = await library.ask({ ask: 'password', principal, password });
  if (reply.reply === 'done') trace.passed('password', `The realm takes the password of ${principal}.`);
  if (reply.reply !== 'failed') return;
  const { step, message, advice } = explainPassword(reply.message);
  if (step === 'kdc') trace.noted(step, message, advice);
  else trace.failed(step, message, advice);
}

/**
 * Gets a ticket with the service's own key and judges it. Directories that know the service by an account of another
 * name refuse that, and sign-ins need no way to the realm at all: so only what is certain counts as a failure.
 */
async function askRealm(
  library: Library,
  entries: readonly KeytabEntry[],
  trace: ProviderTrace,
): Promise<void> {
  const { name, realm } = entries[0]!;
  const reply = await library.ask({
    ask: 'round_trip',
    keytab: keytabOf(entries).toString('base64'),
    principal: `${name}@${realm}`,
    service: name.replace('/', '@'),
  });
  if (reply.reply === 'accepted') {
    trace.passed('realm', `${realm} issued a ticket for ${name}, and the key in the keytab opens it.`);
    return;
  }
  if (reply.reply !== 'failed') return;
  const { step, message, advice } = explainPassword(reply.message);
  const about = step === 'password' ? 'realm' : step;
  const isCertain = step === 'clock' || /preauth|integrity|not found in keytab/i.test(reply.message);
  if (isCertain) trace.failed(about, message, advice);
  else if (/client.*not found/i.test(reply.message)) {
    trace.noted(
      'realm',
      'The realm answers. It knows the service by an account of another name, so its key was not tried.',
    );
  } else trace.noted(about, message, advice);
}

function notePattern(pattern: string, trace: ProviderTrace): void {
  if (pattern.startsWith('^') && pattern.endsWith('$')) return;
  trace.noted(
    'rules',
    'The pattern matches any part of a principal.',
    'Begin it with ^ and end it with $ to match the whole, e.g. ^[a-z]+@CORP\\.EXAMPLE$.',
  );
}
