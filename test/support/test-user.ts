import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface TestUser {
  username: string;
  password: string;
  remove(): Promise<void>;
}

/** Whether this process may make accounts on the machine, which real password sign-ins need. */
export const canMakeUsers = process.getuid?.() === 0;

/** A real account of the machine with a home directory and a password, for as long as a test needs it. Root only. */
export async function testUser(): Promise<TestUser> {
  const username = `bh${randomBytes(5).toString('hex')}`;
  const password = `pw-${randomBytes(9).toString('hex')}`;
  await run('useradd', ['--create-home', '--shell', '/bin/bash', username]);
  const chpasswd = run('chpasswd');
  chpasswd.child.stdin?.end(`${username}:${password}\n`);
  await chpasswd;
  return {
    username,
    password,
    async remove() {
      // A login that is just ending keeps the account busy for a moment.
      for (let attempt = 0; ; attempt++) {
        try {
          await run('userdel', ['--remove', '--force', username]);
          return;
        } catch (cause) {
          // 12: the mail spool could not be removed, because there is none.
          if ((cause as { code?: number }).code === 12) return;
          if (attempt === 5) throw cause;
          await new Promise((resolve) => setTimeout(resolve, 300));
        }
      }
    },
  };
}
