// The Kerberos process. GSSAPI takes its keytab from an environment variable of the whole process, and it is native code
// that reads what strangers send: so it lives here, alone, without secrets of the appliance, one question at a time.
import { rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Script } from 'node:vm';
import type {
  KerberosQuestion,
  KerberosReply,
  NumberedQuestion,
  NumberedReply,
} from './kerberos-protocol.ts';

type Kerberos = typeof import('kerberos');

/** A pattern that needs longer is not one that anybody meant. */
const PATTERN_MS = 100;

// Its own place, 0700, made by the parent, gone with whichever of the two lives longer. A keytab lies there only while a
// question needs it.
const directory = process.env['BRIDGEHEAD_KERBEROS_DIRECTORY']!;
const keytabFile = join(directory, 'keytab');
process.env['KRB5_KTNAME'] = `FILE:${keytabFile}`;
process.env['KRB5_CLIENT_KTNAME'] = `FILE:${keytabFile}`;
process.env['KRB5CCNAME'] = 'MEMORY:';
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
process.once('disconnect', () => process.exit(0));
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => process.exit(0));

let kerberos: Kerberos | undefined;

process.on('message', (question: NumberedQuestion) => {
  void answer(question).then((reply) => {
    const numbered: NumberedReply = { id: question.id, ...reply };
    process.send?.(numbered);
  });
});

async function answer(question: KerberosQuestion): Promise<KerberosReply> {
  if (question.ask === 'match') return matches(question.pattern, question.text);
  try {
    kerberos ??= createRequire(import.meta.url)('kerberos') as Kerberos;
  } catch (error) {
    return { reply: 'missing', message: messageOf(error) };
  }
  try {
    switch (question.ask) {
      case 'available':
        return { reply: 'available' };
      case 'accept':
        return await withKeytab(question.keytab, () => accept(kerberos!, question.token));
      case 'round_trip':
        return await withKeytab(question.keytab, () => roundTrip(kerberos!, question));
      case 'password': {
        const { principal, password } = question;
        const realm = principal.slice(principal.lastIndexOf('@') + 1);
        await kerberos.checkPassword(principal, password, `krbtgt/${realm}@${realm}`, realm);
        return { reply: 'done' };
      }
    }
  } catch (error) {
    return { reply: 'failed', message: messageOf(error) };
  }
}

async function withKeytab<T>(keytab: string, work: () => Promise<T>): Promise<T> {
  writeFileSync(keytabFile, Buffer.from(keytab, 'base64'), { mode: 0o600 });
  try {
    return await work();
  } finally {
    rmSync(keytabFile, { force: true });
  }
}

async function accept({ initializeServer }: Kerberos, token: string): Promise<KerberosReply> {
  // Without a name of its own the server takes whatever ticket one of its keys opens; the keytab holds no others.
  const server = await initializeServer('');
  await server.step(token);
  if (!server.contextComplete || !server.username) {
    return { reply: 'failed', message: 'The negotiation is not complete after one step' };
  }
  return {
    reply: 'accepted',
    principal: server.username,
    service: server.targetName ?? '',
    token: server.response ?? '',
  };
}

async function roundTrip(
  library: Kerberos,
  { principal, service }: { principal: string; service: string },
): Promise<KerberosReply> {
  const client = await library.initializeClient(service, {
    principal,
    mechOID: library.GSS_MECH_OID_SPNEGO,
  });
  return await accept(library, await stepOf(client));
}

async function stepOf(client: import('kerberos').KerberosClient): Promise<string> {
  await client.step('');
  return client.response;
}

function matches(pattern: string, text: string): KerberosReply {
  // A regular expression can take forever; only an interpreter of its own can be stopped.
  const script = new Script('new RegExp(pattern, "u").test(text)');
  try {
    const result: unknown = script.runInNewContext({ pattern, text }, { timeout: PATTERN_MS });
    return { reply: 'matched', matches: result === true };
  } catch (error) {
    return { reply: 'failed', message: messageOf(error) };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
