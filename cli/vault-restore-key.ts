import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../appliance/clock.ts';
import { KeyBackups, type KeyMaterial } from '../appliance/vault/keys/key-backup.ts';
import { readConfig } from '../config.ts';
import { Argon2PasswordKeys } from '../integrations/argon2/argon2-password-keys.ts';
import { createKeyFile, readSiteKeyFile, replaceKeyFile } from '../integrations/files/site-key-file.ts';
import { backupPassword } from './backup-password.ts';
import { note, say } from './output.ts';

const HELP = `bh vault restore-key FILE

Puts the keys of a backup back into the file of BRIDGEHEAD_SITE_KEY_FILE. The password is asked for, or is the first line
of the standard input. A key file that is there already is kept, and gets the vault keys it lacks; one of another site is
refused: move it away first, if that is what you want.`;

/** Runs on the server's machine. Answers the exit code. */
export async function vaultRestoreKey(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h' } },
  });
  const [source] = positionals;
  if (values.help || source === undefined || positionals.length > 1) {
    (values.help ? say : note)(HELP);
    return values.help ? 0 : 2;
  }
  const { siteKeyFile } = readConfig(process.env);
  const text = readFileSync(source, 'utf8');
  const backups = new KeyBackups({ passwords: new Argon2PasswordKeys(), clock: systemClock });
  const material = await backups.open(text, await backupPassword('known'));
  if (!existsSync(siteKeyFile)) {
    mkdirSync(dirname(siteKeyFile), { recursive: true });
    if (!createKeyFile(siteKeyFile, material)) throw new Error(`${siteKeyFile} has just been made.`);
    say(`Restored the keys to ${siteKeyFile}. Give the file to the user that runs the server.`);
    return 0;
  }
  const added = addMissing(siteKeyFile, material);
  say(
    added === 0
      ? `${siteKeyFile} has all of these keys.`
      : `Added ${added === 1 ? 'a vault key' : `${added} vault keys`} to ${siteKeyFile}.`,
  );
  return 0;
}

/** Answers how many keys the file lacked. */
function addMissing(path: string, { site, vault }: KeyMaterial): number {
  const there = readSiteKeyFile(path);
  if (!there.site.equals(site)) {
    throw new Error(
      `${path} is the key of another site, and nothing was changed. Move it away first if the backup is the right one.`,
    );
  }
  const missing = vault.filter((key) => !there.vault.some((known) => known.equals(key)));
  if (missing.length > 0) replaceKeyFile(path, { site, vault: [...there.vault, ...missing] });
  return missing.length;
}

if (import.meta.main) {
  try {
    process.exitCode = await vaultRestoreKey(process.argv.slice(2));
  } catch (error) {
    note(`bh: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
