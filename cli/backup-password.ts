import { SHORTEST_BACKUP_PASSWORD } from '../appliance/vault/keys/key-backup.ts';
import { stdinLines, withKeys } from './terminal/ask.ts';

const NO_TERMINAL =
  'There is no terminal to ask for the password: give it as the first line of the standard input.';

/** Asked for at the terminal, or the first line of the standard input; never an argument. */
export async function backupPassword(how: 'new' | 'known'): Promise<string> {
  if (!process.stdin.isTTY) return (await stdinLines())[0] ?? '';
  return await withKeys(NO_TERMINAL, async (keys) => {
    const label =
      how === 'new'
        ? `Password of the backup (at least ${SHORTEST_BACKUP_PASSWORD} characters): `
        : 'Password of the backup: ';
    const password = await keys.readLine(label, { echo: false });
    if (how === 'new' && (await keys.readLine('Again: ', { echo: false })) !== password) {
      throw new Error('The two differ.');
    }
    return password;
  });
}
