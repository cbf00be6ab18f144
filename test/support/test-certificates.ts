import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Certificate {
  /** PEM. */
  certificate: string;
  key: string;
}

export interface TestAuthority {
  /** PEM of the authority itself. */
  certificate: string;
  /** A server certificate for names such as `DNS:localhost` and `IP:127.0.0.1`. */
  issue(names: string[], options?: { expired?: boolean }): Promise<Certificate>;
}

/** A private certificate authority, as companies have one. */
export async function testAuthority(): Promise<TestAuthority> {
  const authority = await inDirectory(async (path, openssl) => {
    await openssl([
      'req',
      '-x509',
      ...NEW_KEY,
      '-keyout',
      path('ca.key'),
      '-out',
      path('ca.crt'),
      '-days',
      '30',
      '-subj',
      '/CN=Test authority',
      '-addext',
      'basicConstraints=critical,CA:TRUE',
    ]);
    return {
      certificate: await readFile(path('ca.crt'), 'utf8'),
      key: await readFile(path('ca.key'), 'utf8'),
    };
  });
  return {
    certificate: authority.certificate,
    issue: (names, { expired = false } = {}) =>
      inDirectory(async (path, openssl) => {
        await writeFile(path('ca.crt'), authority.certificate);
        await writeFile(path('ca.key'), authority.key);
        await writeFile(path('ext'), `subjectAltName=${names.join(',')}\n`);
        await openssl([
          'req',
          ...NEW_KEY,
          '-keyout',
          path('key'),
          '-out',
          path('csr'),
          '-subj',
          '/CN=server',
        ]);
        await openssl([
          'x509',
          '-req',
          '-in',
          path('csr'),
          '-CA',
          path('ca.crt'),
          '-CAkey',
          path('ca.key'),
          '-CAcreateserial',
          '-days',
          expired ? '-1' : '30',
          '-extfile',
          path('ext'),
          '-out',
          path('crt'),
        ]);
        return { certificate: await readFile(path('crt'), 'utf8'), key: await readFile(path('key'), 'utf8') };
      }),
  };
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

async function inDirectory<T>(
  work: (path: (name: string) => string, openssl: (args: string[]) => Promise<unknown>) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'bridgehead-certificates-'));
  try {
    return await work(
      (name) => join(directory, name),
      (args) => run('openssl', args),
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
