import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { CommandFailure, type ForeignCommand } from '../command.ts';

/** Commands that work on the database itself, on the server's machine only: they run from the server's directory. */
export const adminRecover = hostCommand({
  words: 'admin recover',
  operands: '[--create] [USERNAME]',
  summary: 'on the server: let an administrator in again; --create makes a new one',
  file: 'cli/admin-recover.ts',
});

export const dbUpgrade = hostCommand({
  words: 'db upgrade',
  operands: '',
  summary: 'on the server: move the embedded database to a new PostgreSQL version',
  file: 'cli/db-upgrade.ts',
});

export const dbBackup = hostCommand({
  words: 'db backup',
  operands: 'DIRECTORY',
  summary: 'on the server: copy the data directory, whether or not the server runs',
  file: 'cli/db-backup.ts',
});

export const vaultRotateKey = hostCommand({
  words: 'vault rotate-key',
  operands: '[--wait SECONDS]',
  summary: 'on the server: wrap every secret with a new key, while servers run',
  file: 'cli/vault-rotate-key.ts',
});

export const vaultBackupKey = hostCommand({
  words: 'vault backup-key',
  operands: 'FILE',
  summary: 'on the server: keep the keys of the site, encrypted with a password',
  file: 'cli/vault-backup-key.ts',
});

export const vaultRestoreKey = hostCommand({
  words: 'vault restore-key',
  operands: 'FILE',
  summary: 'on the server: put the keys of a backup back',
  file: 'cli/vault-restore-key.ts',
});

function hostCommand({ file, ...about }: Omit<ForeignCommand, 'runWith'> & { file: string }): ForeignCommand {
  return { ...about, runWith: (args) => runOnHost(about.words, file, args) };
}

async function runOnHost(words: string, file: string, args: string[]): Promise<number> {
  const root = serverDirectory();
  if (root === undefined) {
    throw new CommandFailure(
      `"bh ${words}" runs on the server's own machine, as dist/cli/bh.js in the server's directory.`,
    );
  }
  const child = spawn(join(root, 'node_modules/node/bin/node'), [join(root, file), ...args], {
    stdio: 'inherit',
  });
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  });
}

/** The directory of the server this program belongs to; undefined for a copy elsewhere. */
function serverDirectory(): string | undefined {
  for (let at = import.meta.dirname; at !== dirname(at); at = dirname(at)) {
    if (existsSync(join(at, 'schema/migrations')) && existsSync(join(at, 'main.ts'))) return at;
  }
  return undefined;
}
