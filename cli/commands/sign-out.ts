import { type Command, EXIT, SERVER_OPTIONS } from '../command.ts';
import { CredentialFile } from '../credential-file.ts';
import { say } from '../output.ts';
import { Server, ServerRefusal, serverUrl } from '../server.ts';

export const signOut: Command = {
  words: 'sign-out',
  operands: '',
  summary: 'revoke the token and forget it',
  options: {
    ...SERVER_OPTIONS,
    everywhere: { type: 'boolean', help: 'end every browser session and token of yours as well' },
  },
  operandCount: { from: 0, to: 0 },
  async run(args) {
    const url = await serverUrl(args);
    const file = new CredentialFile();
    const credential = await file.find(url);
    if (credential === undefined) {
      say(`Not signed in to ${url}.`);
      return EXIT.done;
    }
    const server = new Server(url, credential.token);
    try {
      if (args.flag('everywhere')) await server.call('POST', '/me/sign-out-everywhere');
      else await server.call('DELETE', '/user-token');
    } catch (error) {
      // A token that the server does not know any more needs no revoking.
      if (!(error instanceof ServerRefusal && error.status === 401)) throw error;
    }
    await file.forget(url);
    say(`Signed out of ${url}${args.flag('everywhere') ? ' everywhere' : ''}.`);
    return EXIT.done;
  },
};
