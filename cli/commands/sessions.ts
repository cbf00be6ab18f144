import type { components } from '../../api/generated/openapi.ts';
import { type Command, EXIT, JSON_OPTION, SERVER_OPTIONS, usageFailure } from '../command.ts';
import { localTime, note, say, sayJson, table } from '../output.ts';
import { signedInServer } from '../server.ts';

type SessionList = components['schemas']['SessionList'];

export const sessions: Command = {
  words: 'sessions',
  operands: '[SEARCH]',
  summary: 'list sessions, newest first',
  details: 'Without --all only running ones. Administrators see the sessions of everybody, others their own.',
  options: {
    ...SERVER_OPTIONS,
    ...JSON_OPTION,
    all: { type: 'boolean', help: 'ended sessions as well' },
    limit: { type: 'string', value: 'N', help: 'at most so many, up to 500; default 50' },
  },
  operandCount: { from: 0, to: 20 },
  async run(args) {
    const limit = Number(args.text('limit') ?? 50);
    if (!Number.isInteger(limit) || limit < 1 || limit > 500) {
      throw usageFailure('--limit wants a whole number from 1 to 500.');
    }
    const server = await signedInServer(args);
    const search = args.operands.join(' ') || undefined;
    const states = args.flag('all') ? [undefined] : ['active', 'starting'];
    const pages = await Promise.all(
      states.map((state) => server.call<SessionList>('GET', '/session', { query: { state, search, limit } })),
    );
    const items = pages.flatMap((page) => page.items).slice(0, limit);
    if (args.flag('json')) sayJson(items);
    else if (items.length === 0)
      note(args.flag('all') ? 'No sessions.' : 'No running sessions; --all shows ended ones.');
    else {
      say(
        table(
          [
            { title: 'LSID', of: (session) => session.lsid },
            { title: 'STATE', of: (session) => session.state },
            { title: 'STARTED', of: (session) => localTime(session.started_at) },
            { title: 'ENDED', of: (session) => localTime(session.ended_at) },
            { title: 'ITEM', of: (session) => session.jump_item.name },
            { title: 'HOST', of: (session) => session.target.hostname },
            { title: 'REPRESENTATIVE', of: (session) => session.representative.username },
            { title: 'EXTERNAL KEY', of: (session) => session.external_key },
          ],
          items,
        ),
      );
    }
    return EXIT.done;
  },
};
