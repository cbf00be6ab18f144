import { type Command, EXIT, SERVER_OPTIONS } from '../command.ts';
import { requestExport } from '../configuration/configuration-calls.ts';
import { prepareFolder, writeType } from '../configuration/configuration-files.ts';
import { note, say } from '../output.ts';
import { signedInServer } from '../server.ts';

export const configExport: Command = {
  words: 'config export',
  operands: 'FOLDER',
  summary: 'write the configuration of the site as YAML files',
  details: `One file for each type, one document for each object, in the order of their names: what did not change on
the site does not change in the files. Secrets stay on the server; Jump Items are exported as CSV instead.`,
  options: {
    ...SERVER_OPTIONS,
    type: { type: 'string', value: 'TYPES', help: 'only these, separated by commas: jump-groups,teams' },
  },
  operandCount: { from: 1, to: 1 },
  async run(args) {
    const folder = args.operands[0]!;
    const server = await signedInServer(args);
    await prepareFolder(folder);
    let files = 0;
    let objects = 0;
    const exported = requestExport(server, args.text('type'), (type, reason) =>
      note(`Left out: ${type}. ${reason}`),
    );
    for await (const type of exported) {
      files += 1;
      objects += type.objects.length;
      await writeType(folder, type.name, type.key, type.objects);
    }
    say(`${objects} objects in ${files} files.`);
    return EXIT.done;
  },
};
