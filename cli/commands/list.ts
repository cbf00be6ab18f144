import { type Command, EXIT, JSON_OPTION, SERVER_OPTIONS, usageFailure } from '../command.ts';
import { findJumpItems, JUMP_ITEM_COLUMNS } from '../jump-items.ts';
import { note, say, sayJson, table } from '../output.ts';
import { signedInServer } from '../server.ts';

const DEFAULT_LIMIT = 100;

export const list: Command = {
  words: 'list',
  operands: '[SEARCH]',
  summary: 'list the Jump Items you may see',
  details: 'Every word of SEARCH has to occur in one of the searchable fields, ignoring case.',
  options: {
    ...SERVER_OPTIONS,
    ...JSON_OPTION,
    type: { type: 'string', value: 'KIND', help: 'only these kinds, e.g. shell_jump,remote_rdp' },
    tag: { type: 'string', value: 'TAG', help: 'only items with this tag' },
    limit: { type: 'string', value: 'N', help: `at most so many; default ${DEFAULT_LIMIT}` },
    all: { type: 'boolean', help: 'every one of them' },
  },
  operandCount: { from: 0, to: 20 },
  async run(args) {
    const limit = Number(args.text('limit') ?? DEFAULT_LIMIT);
    if (!Number.isInteger(limit) || limit < 1) throw usageFailure('--limit wants a whole number from 1.');
    const { items, total } = await findJumpItems(
      await signedInServer(args),
      { search: args.operands.join(' ') || undefined, type: args.text('type'), tag: args.text('tag') },
      args.flag('all') ? Number.POSITIVE_INFINITY : limit,
    );
    if (args.flag('json')) sayJson(items);
    else if (items.length === 0) note('No Jump Item matches.');
    else say(table(JUMP_ITEM_COLUMNS, items));
    if (items.length < total) note(`${items.length} of ${total}; --all shows every one.`);
    return EXIT.done;
  },
};
