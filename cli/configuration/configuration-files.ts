import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import {
  byKey,
  environmentVariableIn,
  type Fields,
} from '../../appliance/configuration/configuration-document.ts';
import { CommandFailure } from '../command.ts';
import { lineOfField, readYaml, writeYaml } from './yaml-documents.ts';

const LARGEST_BYTES = 128 * 1024 * 1024;
const MOST_DOCUMENTS = 250_000;
const YAML_FILE = /\.ya?ml$/i;

/** The documents of a folder: `TYPE.yaml`, and every YAML file below `TYPE/`. */
export class ConfigurationFiles {
  readonly #folder: string;
  /** Types that a file or folder is named after, so that their other objects may be pruned. */
  readonly types: readonly string[];
  /** JSON lines as the server reads them, without the first. */
  readonly lines: readonly string[];

  private constructor(folder: string, types: readonly string[], lines: readonly string[]) {
    this.#folder = folder;
    this.types = types;
    this.lines = lines;
  }

  /** Fails with `CommandFailure` naming file and line. */
  static async read(folder: string): Promise<ConfigurationFiles> {
    const types = new Set<string>();
    const lines: string[] = [];
    let bytes = 0;
    for (const file of await yamlFilesIn(folder)) {
      const type = typeOf(file);
      types.add(type);
      bytes += (await stat(join(folder, file))).size;
      if (bytes > LARGEST_BYTES)
        throw new CommandFailure(`${folder} holds more than ${LARGEST_BYTES} bytes of YAML.`);
      for (const { fields, line } of readYaml(await readFile(join(folder, file), 'utf8'), file)) {
        const environment = environmentOf(fields);
        lines.push(
          JSON.stringify({ type, source: `${file}:${line}`, fields, ...(environment && { environment }) }),
        );
      }
      if (lines.length > MOST_DOCUMENTS) {
        throw new CommandFailure(`${folder} holds more than ${MOST_DOCUMENTS} documents.`);
      }
    }
    if (types.size === 0) throw new CommandFailure(`${folder} holds no YAML files.`);
    return new ConfigurationFiles(folder, [...types].sort(), lines);
  }

  /** What the server is sent. */
  *body(): Generator<Buffer, void, undefined> {
    yield Buffer.from(`${JSON.stringify({ format: 1, types: this.types })}\n`);
    for (const line of this.lines) yield Buffer.from(`${line}\n`);
  }

  /** The place of a field, as exactly as it can be told: `jump-groups.yaml:14`. */
  async placeOf({ source, field }: { source: string; field: string }): Promise<string> {
    const [, file, line] = /^(.*):(\d+)$/.exec(source) ?? [];
    if (file === undefined || field === '') return source;
    const text = await readFile(join(this.#folder, file), 'utf8').catch(() => undefined);
    return text === undefined ? source : `${file}:${lineOfField(text, file, Number(line), field)}`;
  }
}

/**
 * Writes the objects of one type as one file, in the order of their names, one document each. The file is replaced as
 * a whole.
 */
export async function writeType(
  folder: string,
  type: string,
  key: string,
  objects: { key: string; fields: Fields }[],
): Promise<void> {
  const about = key === '' ? type : `${type}, each known by its ${key}`;
  const documents = objects.sort((a, b) => byKey(a.key, b.key)).map(({ fields }) => writeYaml(fields));
  const text = [`# ${about}.\n`, ...documents].join('---\n');
  const file = join(folder, `${type}.yaml`);
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

/** Fails when documents of a type stand elsewhere than in its own file: the export would name them twice. */
export async function prepareFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const elsewhere = (await yamlFilesIn(folder)).find((file) => file.includes('/') || !file.endsWith('.yaml'));
  if (elsewhere === undefined) return;
  throw new CommandFailure(
    `${folder} holds ${elsewhere}. An export writes one file for each type, so its documents would be there twice. Export into an empty folder and compare.`,
  );
}

/** What fields of a document want of the environment, as far as it is there. The server takes it for secrets alone. */
function environmentOf(fields: Fields): Record<string, string> | undefined {
  const names = Object.values(fields).map(environmentVariableIn);
  const found = names.flatMap((name) => {
    const value = name === undefined ? undefined : process.env[name];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

/** Relative, with `/`, in the order of their names. Hidden files and folders are left out. */
async function yamlFilesIn(folder: string): Promise<string[]> {
  let entries: Awaited<ReturnType<typeof listed>>;
  try {
    entries = await listed(folder);
  } catch (error) {
    throw new CommandFailure(`${folder} cannot be read: ${(error as Error).message}`);
  }
  return entries
    .filter((entry) => entry.isFile() && YAML_FILE.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((file) => !file.split('/').some((part) => part.startsWith('.')))
    .sort();
}

function listed(folder: string) {
  return readdir(folder, { recursive: true, withFileTypes: true });
}

function typeOf(file: string): string {
  const [first = ''] = file.split('/');
  return first.replace(YAML_FILE, '');
}
