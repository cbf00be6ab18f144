import { closeSync, openSync, unlinkSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { systemClock } from '../appliance/clock.ts';
import { type KeyBackup, KeyBackups } from '../appliance/vault/keys/key-backup.ts';
import { KeyBackupService } from '../appliance/vault/keys/key-backup-service.ts';
import { type Config, readConfig } from '../config.ts';
import { Argon2PasswordKeys } from '../integrations/argon2/argon2-password-keys.ts';
import { readSiteKeyFile } from '../integrations/files/site-key-file.ts';
import { PgUnitOfWork } from '../schema/pg-stores.ts';
import { connect } from '../schema/sql.ts';
import { backupPassword } from './backup-password.ts';
import { openHostDatabase, personAtHost } from './host-database.ts';
import { note, say } from './output.ts';

const HELP = `bh vault backup-key FILE

Writes the keys of the site to a new file, encrypted with a password that is asked for (or is the first line of the
standard input). With that file and a copy of the database the site can be brought back; without the key its secrets are
lost. Keep it apart from the copies of the database.`;

/** Runs on the server's machine. Answers the exit code. */
export async function vaultBackupKey(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h' } },
  });
  const [target] = positionals;
  if (values.help || target === undefined || positionals.length > 1) {
    (values.help ? say : note)(HELP);
    return values.help ? 0 : 2;
  }
  const config = readConfig(process.env);
  readSiteKeyFile(config.siteKeyFile);
  const password = await backupPassword('new');
  const file = newFile(target);
  try {
    const { text, fingerprint } = await sealedKeys(config, password);
    writeFileSync(file, text);
    say(`Backed up the keys of site ${fingerprint} to ${target}.`);
    return 0;
  } catch (error) {
    unlinkSync(target);
    throw error;
  } finally {
    closeSync(file);
  }
}

/** Made before the keys are asked for, so that a backup that nothing can be written to is not audited as one. */
function newFile(path: string): number {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new Error(`${path} is there already and was not touched. Name a new file.`);
  }
}

async function sealedKeys(config: Config, password: string): Promise<KeyBackup> {
  const database = await openHostDatabase(config);
  const sql = connect(database.address, { max: 1, name: 'bh vault backup-key' });
  try {
    const service = new KeyBackupService({
      unitOfWork: new PgUnitOfWork(sql),
      backups: new KeyBackups({ passwords: new Argon2PasswordKeys(), clock: systemClock }),
      material: () => readSiteKeyFile(config.siteKeyFile),
    });
    const actor = { kind: 'system', name: `bh vault backup-key by ${personAtHost()}` } as const;
    return await service.backUp(actor, password);
  } finally {
    await sql.end({ timeout: 5 });
    await database.close();
  }
}

if (import.meta.main) {
  try {
    process.exitCode = await vaultBackupKey(process.argv.slice(2));
  } catch (error) {
    note(`bh: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
