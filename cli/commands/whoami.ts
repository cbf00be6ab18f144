import type { components } from '../../api/generated/openapi.ts';
import { type Command, EXIT, JSON_OPTION, SERVER_OPTIONS } from '../command.ts';
import { harmless, say, sayJson } from '../output.ts';
import { signedInServer } from '../server.ts';

export const whoami: Command = {
  words: 'whoami',
  operands: '',
  summary: 'say who is signed in where',
  options: { ...SERVER_OPTIONS, ...JSON_OPTION },
  operandCount: { from: 0, to: 0 },
  async run(args) {
    const server = await signedInServer(args);
    const me = await server.call<components['schemas']['Me']>('GET', '/me');
    if (args.flag('json')) {
      sayJson({ url: server.url, ...me });
      return EXIT.done;
    }
    const name = me.private_display_name || me.public_display_name;
    const details = [name !== '' && name !== me.username ? name : '', me.perm_admin ? 'administrator' : '']
      .filter((detail) => detail !== '')
      .join(', ');
    say(`${harmless(me.username)}${details === '' ? '' : ` (${harmless(details)})`} on ${server.url}`);
    return EXIT.done;
  },
};
