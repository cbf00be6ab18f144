import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type CertificateSource, createWebServer, type WebServer } from '../../api/tls.ts';
import { selfSignedCertificate } from '../../integrations/files/self-signed-certificate.ts';
import { certificateFiles, selfSigned } from '../../integrations/files/tls-certificate.ts';

let directory: string;
let web: WebServer | undefined;
const errors: string[] = [];
const log = { info() {}, error: (_facts: object, message: string) => errors.push(message) };

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bridgehead-tls-'));
  errors.length = 0;
});
afterEach(async () => {
  await new Promise((resolve) => (web === undefined ? resolve(undefined) : web.server.close(resolve)));
  rmSync(directory, { recursive: true, force: true });
});

describe('a certificate from files', () => {
  it('is replaced in the running server when it is renewed, told or not', async () => {
    const files = renewable();
    const first = files.renew();
    const port = await serve(files.source);
    await expectTrust(port, first);

    const second = files.renew();
    web?.reloadCertificate();
    await expectTrust(port, second);

    const third = files.renew();
    await vi.waitFor(() => expectTrust(port, third), { timeout: 5_000, interval: 100 });
    expect(errors).toEqual([]);
  });

  it('stays when the new one does not fit its key', async () => {
    const files = renewable();
    const first = files.renew();
    const port = await serve(files.source);
    writeFileSync(files.certificate, selfSignedCertificate(['localhost'], 10).cert);
    web?.reloadCertificate();
    await expectTrust(port, first);
    expect(errors.join()).toContain('cannot be used');
  });

  it('stops the start when it is missing', () => {
    expect(() =>
      createWebServer(() => {}, certificateFiles('/nowhere/cert.pem', '/nowhere/key.pem'), log),
    ).toThrow('ENOENT');
  });
});

describe('a self-signed certificate', () => {
  it('names every host, is kept, and is made anew for another host', async () => {
    const hosts = ['bridgehead.example', 'localhost', '127.0.0.1', '::1'];
    const source = selfSigned(directory, hosts);
    const { cert } = source.read();
    const port = await serve(source);
    for (const host of hosts) await expectTrust(port, cert, host);
    expect(selfSigned(directory, hosts).read().cert).toBe(cert);
    expect(selfSigned(directory, [...hosts, 'other.example']).read().cert).not.toBe(cert);
    expect(readFileSync(join(directory, 'self-signed.pem'), 'utf8')).toContain('PRIVATE KEY');
    const shared = readFileSync(join(directory, 'self-signed.crt'), 'utf8');
    expect(new X509Certificate(shared).fingerprint256).toBe(
      new X509Certificate(selfSigned(directory, hosts).read().cert).fingerprint256,
    );
    expect(shared).not.toContain('PRIVATE KEY');
  });
});

function renewable() {
  const certificate = join(directory, 'cert.pem');
  const key = join(directory, 'key.pem');
  return {
    certificate,
    source: certificateFiles(certificate, key, 100),
    renew() {
      const fresh = selfSignedCertificate(['localhost'], 10);
      writeFileSync(key, fresh.key);
      writeFileSync(certificate, fresh.cert);
      return fresh.cert;
    },
  };
}

async function serve(source: CertificateSource): Promise<number> {
  web = createWebServer((_req, res) => res.end('ok'), source, log);
  const { server } = web;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Fails unless the server shows a certificate that `ca` vouches for and that names `host`. */
async function expectTrust(port: number, ca: string, host = 'localhost'): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const servername = isIP(host) === 0 ? { servername: host } : {};
    const socket = connect({
      port,
      host: '127.0.0.1',
      ca,
      ...servername,
      checkServerIdentity: () => undefined,
    });
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      const certificate = socket.getPeerX509Certificate();
      const named = isIP(host) === 0 ? certificate?.checkHost(host) : certificate?.checkIP(host);
      socket.end();
      if (named === undefined) reject(new Error(`${host} is not in the certificate`));
      else resolve();
    });
  });
}
