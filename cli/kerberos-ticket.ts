import { createRequire } from 'node:module';
import { CommandFailure } from './command.ts';

type Kerberos = typeof import('kerberos');

/** Half a negotiation: what to send, and how to judge what comes back. */
export interface TicketOffer {
  /** For `Authorization: Negotiate`. */
  token: string;
  /** Fails when the server does not prove that it is the one that the ticket is for. */
  verify(authenticate: string | null): Promise<void>;
}

const MISSING = `This command needs the package "kerberos", which is native code and not part of bh. Install it beside:
  apt-get install libkrb5-dev python3 make g++ && npm install --prefix ~/.bh kerberos@7
  NODE_PATH=~/.bh/node_modules bh sign-in --kerberos URL`;

/** A ticket for a host from the tickets that the person has (kinit, or the sign-in of the desktop). */
export async function offerTicket(host: string): Promise<TicketOffer> {
  const kerberos = loadKerberos();
  try {
    const client = await kerberos.initializeClient(`HTTP@${host}`, { mechOID: kerberos.GSS_MECH_OID_SPNEGO });
    await client.step('');
    return {
      token: client.response,
      async verify(authenticate) {
        const proof = /^Negotiate +(\S+)/i.exec(authenticate ?? '')?.[1];
        if (proof !== undefined) await client.step(proof);
        if (!client.contextComplete) throw new Error('it sent no proof');
      },
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(
      `There is no Kerberos ticket for HTTP/${host}: ${reason}\nGet one with kinit, see what you have with klist, and use the name of the server that its keytab has.`,
    );
  }
}

function loadKerberos(): Kerberos {
  try {
    // Not an import: bh is one file that runs without it.
    return createRequire(import.meta.url)('kerberos') as Kerberos;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    throw new CommandFailure(`${MISSING}\n(${reason})`);
  }
}
