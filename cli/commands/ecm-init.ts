import { createHash, randomBytes } from 'node:crypto';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { copiedFolder } from '../../ecm/host/program-files.ts';
import { type Command, CommandFailure, EXIT, usageFailure } from '../command.ts';
import { inWords } from '../ecm-instances.ts';
import { say } from '../output.ts';

const LONGEST_NAME = 32;

export const ecmInit: Command = {
  words: 'ecm init',
  operands: 'FOLDER',
  summary: 'write a plug-in to begin with: it works and passes its tests',
  details: `The folder holds the plug-in, its tests, a configuration file and a copy of what it imports. It needs Node alone:
no packages are installed. docs/ecm-plugins.md tells how to go on.`,
  options: {
    name: { type: 'string', value: 'NAME', help: 'name of the plug-in; default: that of the folder' },
  },
  operandCount: { from: 1, to: 1 },
  async run(args) {
    const folder = args.operands[0]!;
    const name = args.text('name') ?? nameFrom(folder);
    if (!/^[A-Za-z0-9_-]{1,32}$/.test(name))
      throw usageFailure(`--name: "${name}" must have 1 to ${LONGEST_NAME} letters, digits, - and _.`);
    const [template, sdk] = await inWords(
      async () => [copiedFolder('template'), copiedFolder('sdk')] as const,
    );
    await makeEmpty(folder);
    await writeTemplate(template, folder, name);
    await cp(sdk, join(folder, 'ecm-sdk'), { recursive: true });
    say(`The plug-in ${name} is in ${folder}. Go on with:

  cd ${quoted(folder)}
  node --test
  bh ecm check --config ecm.yaml --user anna --hostname server.example.com --get

Then change plugin.js.`);
    return EXIT.done;
  },
};

/** As a shell takes it for one word. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function nameFrom(folder: string): string {
  return basename(resolve(folder))
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, LONGEST_NAME);
}

async function makeEmpty(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    if ((await readdir(folder)).length > 0) throw new Error('it is not empty');
  } catch (cause) {
    throw new CommandFailure(`${folder} cannot be used: ${(cause as Error).message}.`);
  }
}

/** The files of the example, with a name, a key and passwords of its own. */
async function writeTemplate(template: string, folder: string, name: string): Promise<void> {
  const accessKey = randomBytes(24).toString('base64url');
  const words: Record<string, string> = {
    __NAME__: name,
    __ACCESS_KEY_SHA256__: createHash('sha256').update(accessKey).digest('hex'),
  };
  for (const number of [1, 2, 3]) words[`__PASSWORD_${number}__`] = randomBytes(12).toString('base64url');
  for (const file of await readdir(template)) {
    const text = await readFile(join(template, file), 'utf8');
    const filled = text.replace(/__[A-Z0-9_]+__/g, (word) => words[word] ?? word);
    // Under its own name it would be one of the repository it is kept in.
    await writeFile(join(folder, file === 'gitignore' ? '.gitignore' : file), filled);
  }
  await writeFile(join(folder, 'access-key'), `${accessKey}\n`, { mode: 0o600 });
}
