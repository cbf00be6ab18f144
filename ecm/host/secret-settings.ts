import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import type { SettingProblem } from '../sdk/settings.ts';

const MOST_BYTES = 64 * 1024;
const READABLE_BY_ALL = 0o004;
const WRITABLE_BY_ALL = 0o002;

export interface ResolvedSecrets {
  /** The settings, with `{ secret: text }` for each secret that was found. */
  given: Record<string, unknown>;
  /** The secrets themselves, to be masked. */
  texts: string[];
  problems: SettingProblem[];
  /** What an administrator should change, although it works. */
  warnings: string[];
}

/**
 * Reads the secrets among some settings from where the settings say: `{ env: NAME }` or `{ file: PATH }`. A secret that
 * stands in the settings themselves is refused, and no message repeats it.
 */
export async function resolveSecrets(
  plugin: { settings: Readonly<Record<string, unknown>>; folder: string },
  secretNames: readonly string[],
): Promise<ResolvedSecrets> {
  const resolved: ResolvedSecrets = { given: { ...plugin.settings }, texts: [], problems: [], warnings: [] };
  for (const name of secretNames) {
    const source = Object.hasOwn(plugin.settings, name) ? plugin.settings[name] : undefined;
    if (source === undefined || source === null) continue;
    try {
      const { text, warning } = await readSecret(source, plugin.folder);
      resolved.given[name] = { secret: text };
      resolved.texts.push(text);
      if (warning !== undefined) resolved.warnings.push(`setting "${name}": ${warning}`);
    } catch (cause) {
      delete resolved.given[name];
      resolved.problems.push({ setting: name, message: (cause as Error).message });
    }
  }
  return resolved;
}

async function readSecret(source: unknown, folder: string): Promise<{ text: string; warning?: string }> {
  const members =
    typeof source === 'object' && !Array.isArray(source) ? Object.entries(source as object) : [];
  const [from, where] = members[0] ?? [];
  if (
    members.length !== 1 ||
    typeof where !== 'string' ||
    where === '' ||
    (from !== 'env' && from !== 'file')
  )
    throw new Error(
      'must not stand in the file itself: write { env: NAME } for a variable of the environment, or { file: PATH }.',
    );
  if (from === 'env') {
    const text = process.env[where];
    if (text === undefined || text === '')
      throw new Error(
        `the variable ${where} of the environment is ${text === undefined ? 'not set' : 'empty'}.`,
      );
    return { text };
  }
  return readSecretFile(isAbsolute(where) ? where : resolve(folder, where));
}

async function readSecretFile(path: string): Promise<{ text: string; warning?: string }> {
  const { mode, text } = await contentOf(path);
  if (text === '') throw new Error(`the file ${path} is empty.`);
  if (text.includes('\0') || text.includes('\uFFFD'))
    throw new Error(`the file ${path} holds no text in UTF-8.`);
  if (process.platform === 'win32' || (mode & (READABLE_BY_ALL | WRITABLE_BY_ALL)) === 0) return { text };
  const what = (mode & WRITABLE_BY_ALL) !== 0 ? 'changed' : 'read';
  return { text, warning: `the file ${path} can be ${what} by everybody on this machine.` };
}

async function contentOf(path: string): Promise<{ mode: number; text: string }> {
  try {
    const found = await stat(path);
    if (!found.isFile()) throw new Error('it is no file');
    if (found.size > MOST_BYTES) throw new Error(`it has more than ${MOST_BYTES} bytes`);
    return { mode: found.mode, text: (await readFile(path, 'utf8')).replace(/\r?\n$/, '') };
  } catch (cause) {
    throw new Error(
      `the file ${path} cannot be read: ${(cause as NodeJS.ErrnoException).code ?? (cause as Error).message}.`,
    );
  }
}
