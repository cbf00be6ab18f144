import { readdir } from 'node:fs/promises';
import { PluginError } from '../../sdk/plugin.ts';

/** Names of all entries in the order of the alphabet, e.g. `servers/web01/root`. Nothing is decrypted. */
export async function entryNames(store: string, signal: AbortSignal): Promise<string[]> {
  const names: string[] = [];
  const walk = async (folder: string): Promise<void> => {
    signal.throwIfAborted();
    const files = await readdir(folder === '' ? store : `${store}/${folder}`, { withFileTypes: true });
    for (const file of files) {
      // Links may lead anywhere, so they are not followed; .git and .extensions are no entries.
      if (file.name.startsWith('.')) continue;
      const name = folder === '' ? file.name : `${folder}/${file.name}`;
      if (file.isDirectory()) await walk(name);
      else if (file.isFile() && name.endsWith('.gpg')) names.push(name.slice(0, -'.gpg'.length));
    }
  };
  try {
    await walk('');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined || signal.aborted) throw error;
    throw new PluginError('unavailable', `The password store cannot be read: ${code}.`, { cause: error });
  }
  return names.sort();
}
