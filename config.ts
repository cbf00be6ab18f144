import { isIP } from 'node:net';
import { resolve } from 'node:path';
import ipaddr from 'ipaddr.js';

export type TlsSetting =
  | { mode: 'off' }
  | { mode: 'self-signed' }
  | { mode: 'files'; certificate: string; key: string };

/** Everything the environment decides, read once at start-up. Documented in the README under the same names. */
export interface Config {
  dataDir: string;
  listen: { host: string; port: number };
  publicUrl: string;
  nodeUrl: string;
  tls: TlsSetting;
  trustedProxies: string[];
  siteKeyFile: string;
  recordingsDir: string;
  /** External PostgreSQL (runtime role); undefined = the embedded one. */
  databaseUrl: string | undefined;
  /** Role that migrates and makes partitions; the runtime role when unset. */
  databaseOwnerUrl: string | undefined;
  adminPassword: string | undefined;
  apiClient: { id: string; secret: string } | undefined;
}

/** A set of settings that cannot be used. Carries every problem, not the first one. */
export class ConfigError extends Error {
  readonly problems: string[];

  constructor(problems: string[]) {
    super(`These settings cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

type Environment = Record<string, string | undefined>;

const KNOWN = new Set([
  'BRIDGEHEAD_DATA_DIR',
  'BRIDGEHEAD_LISTEN',
  'BRIDGEHEAD_PUBLIC_URL',
  'BRIDGEHEAD_TLS',
  'BRIDGEHEAD_TRUSTED_PROXIES',
  'BRIDGEHEAD_SITE_KEY_FILE',
  'BRIDGEHEAD_NODE_URL',
  'BRIDGEHEAD_RECORDINGS',
  'BRIDGEHEAD_ADMIN_PASSWORD',
  'BRIDGEHEAD_API_CLIENT_ID',
  'BRIDGEHEAD_API_CLIENT_SECRET',
]);

/** Reads and checks the settings. Throws {@link ConfigError} with the full list of problems. */
export function readConfig(env: Environment): Config {
  const problems: string[] = [];
  const text = (name: string) => (env[name] === undefined || env[name] === '' ? undefined : env[name]);
  for (const name of Object.keys(env)) {
    if (name.startsWith('BRIDGEHEAD_') && !KNOWN.has(name))
      problems.push(`${name} is not a setting of Bridgehead.`);
  }

  const dataDir = resolve(text('BRIDGEHEAD_DATA_DIR') ?? './data');
  const listen = readListen(text('BRIDGEHEAD_LISTEN') ?? '127.0.0.1:8080', problems);
  const tls = readTls(text('BRIDGEHEAD_TLS') ?? 'off', problems);
  const scheme = tls.mode === 'off' ? 'http' : 'https';
  const publicUrlText = text('BRIDGEHEAD_PUBLIC_URL');
  const publicUrl =
    readUrl('BRIDGEHEAD_PUBLIC_URL', publicUrlText, problems) ?? `${scheme}://${urlHost(listen)}`;
  const nodeUrl = readUrl('BRIDGEHEAD_NODE_URL', text('BRIDGEHEAD_NODE_URL'), problems) ?? publicUrl;
  const trustedProxies = readRanges(
    'BRIDGEHEAD_TRUSTED_PROXIES',
    text('BRIDGEHEAD_TRUSTED_PROXIES'),
    problems,
  );

  if (!isLoopback(listen.host)) {
    if (publicUrlText === undefined) {
      problems.push('BRIDGEHEAD_PUBLIC_URL must be set when BRIDGEHEAD_LISTEN is not a loopback address.');
    }
    if (tls.mode === 'off' && trustedProxies.length === 0) {
      problems.push(
        'BRIDGEHEAD_TLS (or BRIDGEHEAD_TRUSTED_PROXIES, when a proxy ends TLS) must be set when BRIDGEHEAD_LISTEN is not a loopback address.',
      );
    }
  }

  const databaseUrl = readPostgresUrl('DATABASE_URL', text('DATABASE_URL'), problems);
  const databaseOwnerUrl = readPostgresUrl('DATABASE_OWNER_URL', text('DATABASE_OWNER_URL'), problems);
  if (databaseOwnerUrl !== undefined && databaseUrl === undefined) {
    problems.push('DATABASE_OWNER_URL needs DATABASE_URL.');
  }

  const adminPassword = text('BRIDGEHEAD_ADMIN_PASSWORD');
  if (adminPassword !== undefined && adminPassword.length < 8) {
    problems.push('BRIDGEHEAD_ADMIN_PASSWORD must have at least 8 characters.');
  }
  const clientId = text('BRIDGEHEAD_API_CLIENT_ID');
  const clientSecret = text('BRIDGEHEAD_API_CLIENT_SECRET');
  if ((clientId === undefined) !== (clientSecret === undefined)) {
    problems.push('BRIDGEHEAD_API_CLIENT_ID and BRIDGEHEAD_API_CLIENT_SECRET must be set together.');
  }
  if (clientId !== undefined && clientId.length > 40) {
    problems.push('BRIDGEHEAD_API_CLIENT_ID may have at most 40 characters.');
  }
  if (clientSecret !== undefined && clientSecret.length < 16) {
    problems.push('BRIDGEHEAD_API_CLIENT_SECRET must have at least 16 characters.');
  }

  if (problems.length > 0) throw new ConfigError(problems);
  return {
    dataDir,
    listen,
    publicUrl,
    nodeUrl,
    tls,
    trustedProxies,
    siteKeyFile: resolve(text('BRIDGEHEAD_SITE_KEY_FILE') ?? `${dataDir}/site.key`),
    recordingsDir: resolve(text('BRIDGEHEAD_RECORDINGS') ?? `${dataDir}/recordings`),
    databaseUrl,
    databaseOwnerUrl,
    adminPassword,
    apiClient:
      clientId !== undefined && clientSecret !== undefined
        ? { id: clientId, secret: clientSecret }
        : undefined,
  };
}

export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  return isIP(host) !== 0 && ipaddr.process(host).range() === 'loopback';
}

function readListen(value: string, problems: string[]): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(value);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65535 || (host !== 'localhost' && isIP(host) === 0)) {
    problems.push(`BRIDGEHEAD_LISTEN must be an address and a port such as 127.0.0.1:8080, not "${value}".`);
    return { host: '127.0.0.1', port: 8080 };
  }
  return { host, port };
}

function urlHost(listen: { host: string; port: number }): string {
  return `${listen.host.includes(':') ? `[${listen.host}]` : listen.host}:${listen.port}`;
}

function readTls(value: string, problems: string[]): TlsSetting {
  if (value === 'off' || value === 'self-signed') return { mode: value };
  const [certificate, key, ...rest] = value.split(',').map((part) => part.trim());
  if (certificate && key && rest.length === 0) {
    return { mode: 'files', certificate: resolve(certificate), key: resolve(key) };
  }
  problems.push(`BRIDGEHEAD_TLS must be off, self-signed, or cert.pem,key.pem, not "${value}".`);
  return { mode: 'off' };
}

function readUrl(name: string, value: string | undefined, problems: string[]): string | undefined {
  if (value === undefined) return undefined;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (
    url === undefined ||
    !/^https?:$/.test(url.protocol) ||
    url.pathname !== '/' ||
    url.search ||
    url.hash
  ) {
    problems.push(
      `${name} must be a URL of scheme, host and port only, such as https://support.example.com.`,
    );
    return undefined;
  }
  return url.origin;
}

function readPostgresUrl(name: string, value: string | undefined, problems: string[]): string | undefined {
  if (value === undefined) return undefined;
  if (!/^postgres(ql)?:\/\//.test(value) || !URL.canParse(value.replace(/^postgres(ql)?:/, 'http:'))) {
    problems.push(`${name} must be a URL such as postgres://user:password@host:5432/database.`);
  }
  return value;
}

function readRanges(name: string, value: string | undefined, problems: string[]): string[] {
  const ranges = (value ?? '').split(/[\s,]+/).filter((range) => range !== '');
  for (const range of ranges) {
    if (!ipaddr.isValid(range) && !ipaddr.isValidCIDR(range)) {
      problems.push(`${name} holds "${range}", which is neither an address nor a range such as 10.0.0.0/8.`);
    }
  }
  return ranges;
}
