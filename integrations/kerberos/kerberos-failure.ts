import type { KerberosProcess } from './kerberos-process.ts';
import { type KeytabEntry, keysOf, principalOf } from './keytab.ts';
import type { OfferedTicket } from './negotiate-token.ts';

/** What went wrong, for a person who has never seen it. */
export interface Explanation {
  step: string;
  message: string;
  advice: string;
}

const CLOCK =
  'Set the clocks of this server, the domain controller and the client by the same time source; five minutes of difference are allowed.';

export const REPLAYED: Explanation = {
  step: 'replay',
  message: 'This very proof was used before.',
  advice:
    'Nothing when it happens once: a browser or a proxy sent a request twice. Often: somebody may be repeating what they overheard; look for the address in the audit log.',
};

const WRONG_PASSWORD: Explanation = {
  step: 'password',
  message: 'The realm refuses the password.',
  advice: 'Check the password. For a keytab: the key in it is out of date, export it anew.',
};

/** By the words of MIT's library, which come with every code. */
const KNOWN: readonly [RegExp, Explanation][] = [
  [
    /clock skew/i,
    {
      step: 'clock',
      message: 'The clocks are too far apart: the proof was made at a time that is not now.',
      advice: CLOCK,
    },
  ],
  [/ticket not yet valid/i, { step: 'clock', message: 'The ticket is of the future.', advice: CLOCK }],
  [
    /ticket expired|has expired|context expired/i,
    {
      step: 'clock',
      message: 'The ticket has expired.',
      advice: `Get a new ticket (lock and unlock the desktop, or kinit). ${CLOCK}`,
    },
  ],
  [/replay/i, REPLAYED],
  [
    /checksum|integrity check failed/i,
    {
      step: 'key',
      message:
        'The key in the keytab is not the one that the ticket was sealed with, or the token was damaged.',
      advice: 'Export the keytab anew after the last change of the password of the service account.',
    },
  ],
  [
    /cannot find KDC|Cannot resolve/i,
    {
      step: 'kdc',
      message: 'This server does not know where the domain controllers of the realm are.',
      advice:
        'Sign-in by a keytab needs none. For this part of the test, name them in /etc/krb5.conf of this server or in the DNS (SRV records of _kerberos._tcp).',
    },
  ],
  [
    /cannot contact any KDC/i,
    {
      step: 'kdc',
      message: 'No domain controller of the realm answers.',
      advice:
        'Sign-in by a keytab needs none. For this part of the test, open port 88 (TCP and UDP) to them.',
    },
  ],
  [/preauthentication failed/i, WRONG_PASSWORD],
  [
    /client.*not found in kerberos database/i,
    {
      step: 'password',
      message: 'The realm does not know this user.',
      advice: 'Check the name and the realm. Realms are written in capitals: alice@CORP.EXAMPLE.COM.',
    },
  ],
  [
    /server.*not found in kerberos database/i,
    {
      step: 'spn',
      message: 'The realm does not know the service.',
      advice: 'Register the SPN: setspn -S HTTP/HOST ACCOUNT, or addprinc -randkey HTTP/HOST.',
    },
  ],
  [
    /credentials have been revoked|locked/i,
    {
      step: 'password',
      message: 'The account is disabled or locked there.',
      advice: 'Unlock the account in the directory.',
    },
  ],
  [
    /password has expired/i,
    { step: 'password', message: 'The password has expired.', advice: 'Choose a new one.' },
  ],
  [
    /encryption type|enctype/i,
    {
      step: 'key',
      message: 'The realm and the keytab have no encryption type in common.',
      advice: 'Export the keytab with AES keys and let the account use AES (not RC4 alone).',
    },
  ],
  [
    /rcache|replay cache/i,
    {
      step: 'replay',
      message: 'The list of proofs that were used cannot be kept.',
      advice: 'The account of the server needs to write in /var/tmp, or where KRB5RCACHENAME says.',
    },
  ],
  [
    /not complete after one step|invalid name|empty or malformed/i,
    {
      step: 'token',
      message: 'The client wants to negotiate further; HTTP has one step alone.',
      advice: 'Let the client offer Kerberos first.',
    },
  ],
];

/** Explains a failure of the library; the keytab and what the ticket says of itself tell more than its words do. */
export function explain(
  words: string,
  known: { ticket?: OfferedTicket | undefined; entries?: readonly KeytabEntry[] | undefined } = {},
): Explanation {
  const found = KNOWN.find(([pattern]) => pattern.test(words) && !/rcache/i.test(words));
  if (found?.[1].step === 'clock' || found?.[1].step === 'replay') return found[1];
  const keys = known.ticket && keysOf(known.entries ?? [], known.ticket.service);
  return (
    (known.ticket && keys && explainKey(known.ticket, keys)) ??
    KNOWN.find(([pattern]) => pattern.test(words))?.[1] ?? {
      step: 'token',
      message: `Kerberos says: ${words.slice(0, 300)}.`,
      advice: 'Look the words up in the documentation of the Kerberos library of this server.',
    }
  );
}

function explainKey(ticket: OfferedTicket, keys: readonly KeytabEntry[]): Explanation | undefined {
  const service = principalOf(ticket.service);
  const versions = [...new Set(keys.map(({ kvno }) => kvno))].sort((a, b) => a - b);
  if (ticket.kvno !== undefined && keys.length > 0 && !versions.includes(ticket.kvno)) {
    const newest = versions.at(-1)!;
    return {
      step: 'key',
      message: `The ticket is sealed with version ${ticket.kvno} of the key of ${service}; the keytab holds ${versions.join(', ')}.`,
      advice:
        ticket.kvno > newest
          ? 'The password of the service account was changed after the keytab was exported. Export the keytab anew and set it here.'
          : 'The client holds a ticket from before the last change of the key: let it get a new one (klist purge, or kdestroy and kinit), or keep the older keys in the keytab.',
    };
  }
  if (!keys.some(({ enctype }) => enctype === ticket.enctype) && keys.length > 0) {
    return {
      step: 'key',
      message: `The ticket for ${service} is sealed in a way that the keytab has no key for.`,
      advice: 'Export the keytab with every encryption type of the account (ktpass -crypto ALL).',
    };
  }
  return undefined;
}

/** A realm that lets anybody ask shows a wrong password by an answer that it does not open. */
export function explainPassword(words: string): Explanation {
  return /integrity check failed/i.test(words) ? WRONG_PASSWORD : explain(words);
}

export const NTLM: Explanation = {
  step: 'token',
  message: 'The client offered NTLM, which is no Kerberos.',
  advice:
    'The browser found no ticket for this site. Check that the computer belongs to the domain, that the site is in the browser’s list of sites to negotiate with, that it is opened by its name and not by an address, and that the SPN HTTP/HOST is registered once (setspn -Q HTTP/HOST).',
};

/** Why the native module cannot be used, and what to install. */
export function explainMissing(words: string): Explanation {
  const library = /Opening library (\S+) failed/.exec(words)?.[1];
  return {
    step: 'module',
    message:
      library === undefined
        ? 'This server has no Kerberos: its native module was not built.'
        : `This server has no Kerberos: the library ${library} is missing.`,
    advice:
      library === undefined
        ? 'Install libkrb5-dev, python3, make and g++ (apt-get install libkrb5-dev python3 make g++), run "npm ci" in the directory of the appliance and start it again. Everything else works without.'
        : 'Install it (apt-get install libgssapi-krb5-2). Everything else works without.',
  };
}

/** What this host lacks for Kerberos; undefined when it has everything. */
export async function kerberosProblem(library: Pick<KerberosProcess, 'ask'>): Promise<string | undefined> {
  const reply = await library.ask({ ask: 'available' });
  if (reply.reply !== 'missing') return undefined;
  const { message, advice } = explainMissing(reply.message);
  return `${message} ${advice}`;
}
