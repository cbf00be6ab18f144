import { parseArgs } from 'node:util';
import { VaultKeyRotation } from '../appliance/vault/keys/vault-key-rotation.ts';
import { VaultKeyRing } from '../appliance/vault/keys/vault-keys.ts';
import { readConfig } from '../config.ts';
import { SiteKeyFile } from '../integrations/files/site-key-file.ts';
import { PgJobLock } from '../schema/node-bus/pg-job-lock.ts';
import { PgUnitOfWork, pgStores } from '../schema/pg-stores.ts';
import { refuseOtherSiteKey } from '../schema/site/pg-site.ts';
import { connect } from '../schema/sql.ts';
import { openHostDatabase, personAtHost } from './host-database.ts';
import { note, say } from './output.ts';

const HELP = `bh vault rotate-key [--wait SECONDS]

Wraps every secret of the site with a new key, whether or not servers run, and lets go of the key before. Secrets stay
readable all the time. The new key is put into the file of BRIDGEHEAD_SITE_KEY_FILE; every server process has to have it
before it is used. Processes that share the file learn of it by themselves. Where they have copies, this stops and says
which do not have it yet: copy the file there and call this again.

Stopped in the middle, it goes on where it was when it is called again. Make a new backup of the key afterwards.

  --wait SECONDS   how long to wait for the server processes (default: 30)`;

const DEFAULT_WAIT_SECONDS = 30;

/** Runs on the server's machine. Answers the exit code. */
export async function vaultRotateKey(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { help: { type: 'boolean', short: 'h' }, wait: { type: 'string' } },
  });
  const seconds = Number(values.wait ?? DEFAULT_WAIT_SECONDS);
  if (values.help || !(seconds >= 0 && seconds <= 86_400)) {
    (values.help ? say : note)(HELP);
    return values.help ? 0 : 2;
  }
  const config = readConfig(process.env);
  const file = new SiteKeyFile(config.siteKeyFile);
  const ring = new VaultKeyRing(() => file.keys());
  const database = await openHostDatabase(config);
  const sql = connect(database.address, { max: 2, name: 'bh vault rotate-key' });
  const lock = new PgJobLock(database.address);
  try {
    await refuseOtherSiteKey(sql, file.fingerprints()[0] as string);
    const rotation = new VaultKeyRotation({
      stores: pgStores(sql),
      unitOfWork: new PgUnitOfWork(sql),
      keys: ring,
      file,
    });
    const actor = { kind: 'system', name: `bh vault rotate-key by ${personAtHost()}` } as const;
    const held = await lock.withLock('rotate-vault-key', async () => {
      const { fingerprint, rewrapped } = await rotation.rotate(actor, {
        patienceMs: seconds * 1000,
        tell: note,
      });
      say(`The vault key is ${fingerprint} now; ${rewrapped} secrets were wrapped anew.`);
      say('Make a new backup of it: bh vault backup-key FILE, or POST /api/backup/vault.');
    });
    if (held) return 0;
    note('bh: The key is being rotated by somebody else right now.');
    return 1;
  } finally {
    await lock.close();
    await sql.end({ timeout: 5 });
    await database.close();
  }
}

if (import.meta.main) {
  try {
    process.exitCode = await vaultRotateKey(process.argv.slice(2));
  } catch (error) {
    note(`bh: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
