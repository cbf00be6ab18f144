import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { PROGRAM_VERSION } from '../../agents/program-version.ts';
import { enrolEcmHost } from '../../ecm/program/ecm-enrolment.ts';
import { EcmIdentityFile } from '../../ecm/program/ecm-identity.ts';
import { type Arguments, type Command, CommandFailure, EXIT, usageFailure } from '../command.ts';
import { ECM_HOST_OPTIONS, serverDial, stateDirectory } from '../ecm-host-options.ts';
import { harmless, note, say } from '../output.ts';
import { originOf } from '../server.ts';
import { stdinLines, withKeys } from '../terminal/ask.ts';

export const ecmEnrol: Command = {
  words: 'ecm enrol',
  operands: '--url URL --client-id ID',
  summary: 'register this host as an Endpoint Credential Manager',
  details: `The client id and secret are those of an API account with the ECM permission. The secret comes from the file of
--client-secret-file, from $BH_ECM_CLIENT_SECRET, or is asked for; without a terminal it is the first line of standard
input. It is used once and not kept: the host makes keys of its own, which an administrator then approves
(Status > Information > ECM Clients, or POST /api/config/v1/ecm-host/ID/approve).`,
  options: {
    url: { type: 'string', value: 'URL', help: 'the server, e.g. https://support.example.com' },
    'client-id': { type: 'string', value: 'ID', help: 'of the API account' },
    'client-secret-file': {
      type: 'string',
      value: 'FILE',
      help: 'a file with the client secret in its first line',
    },
    name: { type: 'string', value: 'NAME', help: 'what administrators read; default: the name of this host' },
    ...ECM_HOST_OPTIONS,
  },
  operandCount: { from: 0, to: 0 },
  async run(args) {
    const [given, clientId] = [args.text('url'), args.text('client-id')];
    if (!given || !clientId) throw usageFailure('Usage: bh ecm enrol --url URL --client-id ID');
    const url = originOf(given);
    const stateDir = stateDirectory(args);
    const store = new EcmIdentityFile(stateDir);
    if (await told(store.read())) {
      throw new CommandFailure(
        `${stateDir} already holds an identity. Remove its identity.json to enrol this host anew.`,
      );
    }
    warnOfPlainHttp(url);
    const { identity, fingerprint } = await told(
      enrolEcmHost(store, {
        url,
        clientId,
        clientSecret: await clientSecretFrom(args),
        name: args.text('name') || hostname().slice(0, 128),
        version: PROGRAM_VERSION,
        dial: await serverDial(args),
      }),
    );
    say(`Enrolled as ECM host ${identity.ecmHostId}, "${harmless(identity.name)}", at ${url}.`);
    say(`Its key has the fingerprint ${fingerprint}.`);
    say('An administrator has to approve it; bh ecm run waits for that.');
    return EXIT.done;
  },
};

async function clientSecretFrom(args: Arguments): Promise<string> {
  const file = args.text('client-secret-file');
  const secret =
    file === undefined
      ? process.env.BH_ECM_CLIENT_SECRET || (await askedSecret())
      : firstLine(await told(readFile(file, 'utf8')));
  if (secret === '') throw new CommandFailure('The client secret is empty.');
  return secret;
}

async function askedSecret(): Promise<string> {
  if (!process.stdin.isTTY) return (await stdinLines())[0] ?? '';
  const noTerminal = 'There is no terminal to ask for the client secret. Use --client-secret-file.';
  return await withKeys(noTerminal, (keys) => keys.readLine('Client secret: ', { echo: false }));
}

function firstLine(text: string): string {
  return text.split(/\r?\n/, 1)[0] ?? '';
}

/** Failures here are sentences for people. */
async function told<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new CommandFailure(harmless((error as Error).message));
  }
}

function warnOfPlainHttp(url: string): void {
  const { protocol, hostname: host } = new URL(url);
  if (protocol === 'http:' && !['localhost', '127.0.0.1', '[::1]'].includes(host)) {
    note(`Warning: ${url} is not encrypted; the client secret travels as plain text.`);
  }
}
