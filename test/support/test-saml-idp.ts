import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { CookieJar, JarAnswer } from './cookie-jar.ts';
import { freePort } from './free-port.ts';
import { newKeyPair } from './saml/hostile-idp.ts';

export const ALICE = { username: 'alice', password: 'alicepw' };
export const BOB = { username: 'bob', password: 'bobpw' };

export interface TestSamlIdp {
  url: string;
  entityId: string;
  metadataUrl: string;
  /** Makes a site known to it. */
  trust(metadata: string): Promise<void>;
  /** Follows a browser from an address or a form through the sign-in there, as far as the form that goes back. */
  signIn(
    jar: CookieJar,
    first: JarAnswer,
    credentials: { username: string; password: string },
  ): Promise<PostBack>;
  /** Ends the session there, as far as what goes to the site. */
  stop(): Promise<void>;
}

export interface PostBack {
  action: string;
  fields: URLSearchParams;
}

/** SimpleSAMLphp as an identity provider that signs and encrypts everything, on PHP's own web server. */
export async function testSamlIdp(): Promise<TestSamlIdp> {
  const dir = await mkdtemp(join(tmpdir(), 'saml-idp-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  for (const name of ['config', 'metadata', 'cert', 'log', 'data', 'tmp', 'sess'])
    await mkdir(join(dir, name));
  const { cert, key } = await newKeyPair('test-idp');
  const trusted = join(dir, 'sp.xml');
  await Promise.all([
    writeFile(join(dir, 'cert/idp.crt'), cert),
    writeFile(join(dir, 'cert/idp.key'), key),
    writeFile(trusted, NOBODY),
    writeFile(join(dir, 'config/config.php'), configuration(dir, url, trusted)),
    writeFile(join(dir, 'config/authsources.php'), AUTHENTICATION),
    writeFile(join(dir, 'metadata/saml20-idp-hosted.php'), hosted(url)),
  ]);
  const php = spawn(
    '/usr/bin/php',
    ['-d', `session.save_path=${dir}/sess`, '-S', `127.0.0.1:${port}`, '-t', '/usr/share/simplesamlphp/www'],
    {
      env: { ...process.env, SIMPLESAMLPHP_CONFIG_DIR: join(dir, 'config'), PHP_CLI_SERVER_WORKERS: '2' },
      stdio: 'ignore',
      detached: true,
    },
  );
  await listening(port, php);
  return {
    url,
    entityId: `${url}/idp`,
    metadataUrl: `${url}/saml2/idp/metadata.php`,
    trust: (metadata) => writeFile(trusted, metadata),
    signIn: async (jar, first, { username, password }) => {
      let page = await followed(jar, first);
      if (page.body.includes('name="password"')) {
        const form = formOf(page.body, page.url);
        form.fields.set('username', username);
        form.fields.set('password', password);
        page = await followed(jar, await jar.fetch(form.action, form.fields));
      }
      return formOf(page.body, page.url);
    },
    stop: async () => {
      // With its workers.
      if (php.pid !== undefined && php.exitCode === null) process.kill(-php.pid, 'SIGKILL');
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Follows redirects at this server; one that leaves it is where the browser stands then. */
export async function followed(jar: CookieJar, answer: JarAnswer): Promise<JarAnswer> {
  let now = answer;
  for (let hops = 0; hops < 10; hops++) {
    const location = now.headers.get('location');
    if (now.status < 300 || now.status >= 400 || location === null) return now;
    now = await jar.fetch(new URL(location, now.url).href);
  }
  throw new Error(`Too many redirects from ${answer.url}`);
}

/** The one form of a page. */
export function formOf(html: string, base: string): PostBack {
  const action = /<form[^>]*action="([^"]*)"/.exec(html)?.[1];
  if (action === undefined) throw new Error(`No form at ${base}: ${html.slice(0, 2000)}`);
  const fields = new URLSearchParams();
  for (const [input] of html.matchAll(/<input[^>]*>/g)) {
    const name = /name="([^"]*)"/.exec(input)?.[1];
    if (name !== undefined) fields.set(decoded(name), decoded(/value="([^"]*)"/.exec(input)?.[1] ?? ''));
  }
  return { action: new URL(decoded(action), base).href, fields };
}

function decoded(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&#039;', "'")
    .replaceAll('&amp;', '&');
}

const NOBODY =
  '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="urn:nobody"><SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><AssertionConsumerService index="0" Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="http://127.0.0.1/"/></SPSSODescriptor></EntityDescriptor>';

const configuration = (dir: string, url: string, trusted: string) => `<?php
$config = [
 'baseurlpath' => '${url}/', 'certdir' => '${dir}/cert/', 'loggingdir' => '${dir}/log/', 'datadir' => '${dir}/data/',
 'tempdir' => '${dir}/tmp', 'metadatadir' => '${dir}/metadata/', 'secretsalt' => 'abcdefabcdefabcdef',
 'auth.adminpassword' => 'admin123', 'technicalcontact_name' => 't', 'technicalcontact_email' => 'na@example.org',
 'timezone' => 'UTC', 'logging.level' => SimpleSAML\\Logger::DEBUG, 'logging.handler' => 'file', 'logging.logfile' => 'ssp.log',
 'showerrors' => true, 'errorreporting' => false, 'enable.saml20-idp' => true,
 'module.enable' => ['exampleauth' => true, 'core' => true, 'saml' => true],
 'session.cookie.name' => 'SSPSID', 'session.cookie.secure' => false, 'session.cookie.samesite' => null,
 'session.phpsession.cookiename' => 'SSPPHP', 'session.phpsession.savepath' => '${dir}/sess',
 'session.phpsession.httponly' => true, 'store.type' => 'phpsession', 'language.available' => ['en'],
 'language.default' => 'en', 'trusted.url.domains' => [], 'template.auto_reload' => true,
 'metadata.sources' => [['type' => 'flatfile'], ['type' => 'xml', 'file' => '${trusted}']],
 'authproc.idp' => [], 'authproc.sp' => [],
];
`;

const AUTHENTICATION = `<?php
$config = ['admin' => ['core:AdminPassword'], 'people' => ['exampleauth:UserPass',
 'alice:alicepw' => ['uid' => ['alice'], 'email' => ['alice@test.local'], 'givenName' => ['Alice'], 'sn' => ['Archer'], 'groups' => ['reps', 'admins']],
 'bob:bobpw' => ['uid' => ['bob'], 'email' => ['bob@test.local'], 'givenName' => ['Bob'], 'sn' => ['Baker'], 'groups' => ['guests']]]];
`;

const hosted = (url: string) => `<?php
$metadata['${url}/idp'] = ['host' => '__DEFAULT__', 'privatekey' => 'idp.key', 'certificate' => 'idp.crt', 'auth' => 'people',
 'signature.algorithm' => 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', 'saml20.sign.response' => true,
 'saml20.sign.assertion' => true, 'assertion.encryption' => true, 'validate.authnrequest' => true, 'sign.logout' => true,
 'validate.logout' => true, 'logouttype' => 'traditional', 'redirect.sign' => true, 'redirect.validate' => true,
 'SingleSignOnServiceBinding' => ['urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect', 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST'],
 'NameIDFormat' => ['urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress'],
 'authproc' => [3 => ['class' => 'saml:AttributeNameID', 'attribute' => 'email', 'Format' => 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress']]];
`;

async function listening(port: number, php: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (php.exitCode !== null) throw new Error(`php ended with code ${php.exitCode}`);
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
    if (open) return;
    await pause(25);
  }
  throw new Error('The identity provider does not listen.');
}
