import { LdapFailure } from './ldap-failure.ts';
import type { LdapServer, LdapSettings } from './ldap-settings.ts';

export function connectFailure(error: unknown, { host, port }: LdapServer, patience: number): LdapFailure {
  const code = codeOf(error);
  const options = { elsewhere: true, cause: error };
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_NODATA':
    case 'EAI_FAIL':
      return new LdapFailure(
        'resolve',
        'host_unknown',
        `No address is known for the host name ${host}.`,
        'Check the spelling. The name servers of the appliance have to know it: try its full name, such as dc1.example.com, or its IP address.',
        options,
      );
    case 'ECONNREFUSED':
      return new LdapFailure(
        'connect',
        'refused',
        `${host} is there, but nothing listens on port ${port}.`,
        'Check the port (389 for LDAP, 636 for LDAPS) and that the directory server is running. A firewall may also refuse the connection.',
        options,
      );
    case 'ETIMEDOUT':
      return new LdapFailure(
        'connect',
        'timeout',
        `${host}:${port} did not answer within ${patience / 1000} s.`,
        'The server may be off, the address wrong, or a firewall on the way drops the connection without a word.',
        options,
      );
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return new LdapFailure(
        'connect',
        'unreachable',
        `There is no way to ${host} from the appliance.`,
        'Check the address, and routes and firewalls between the appliance and the server.',
        options,
      );
    default:
      return new LdapFailure(
        'connect',
        'failed',
        `The connection to ${host}:${port} failed (${code || messageOf(error)}).`,
        'Check hostname, port and the network between the appliance and the server.',
        options,
      );
  }
}

const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
  'INVALID_CA',
]);

export function tlsFailure(
  error: unknown,
  { host, port }: LdapServer,
  encryption: LdapSettings['encryption'],
): LdapFailure {
  const code = codeOf(error);
  const options = { elsewhere: true, cause: error };
  if (UNTRUSTED.has(code)) {
    return new LdapFailure(
      'tls',
      'certificate_untrusted',
      `The certificate of ${host} was issued by an authority that is not trusted (${code}).`,
      'Put the certificate of the authority that issued it (PEM, root and any intermediate ones) into “Certificate authorities” of this provider.',
      options,
    );
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return new LdapFailure(
      'tls',
      'certificate_name',
      `The certificate is for other names than ${host}${namesOf(error)}.`,
      'Use one of the names of the certificate as the hostname, or give the server a certificate for the name you use.',
      options,
    );
  }
  if (code === 'CERT_HAS_EXPIRED') {
    return new LdapFailure(
      'tls',
      'certificate_expired',
      `The certificate of ${host} has expired.`,
      'Renew it on the directory server. If it is still valid, check the clock of the appliance.',
      options,
    );
  }
  if (code === 'CERT_NOT_YET_VALID') {
    return new LdapFailure(
      'tls',
      'certificate_not_yet_valid',
      `The certificate of ${host} is not valid yet.`,
      'Check the clocks of the appliance and of the server.',
      options,
    );
  }
  if (encryption === 'ldaps' && (/WRONG_VERSION_NUMBER|PACKET_LENGTH/.test(code) || code === 'ECONNRESET')) {
    return new LdapFailure(
      'tls',
      'not_tls',
      `What answers on ${host}:${port} does not speak TLS from the start.`,
      'Port 389 usually speaks plain LDAP: choose “TLS on the plain port”, or use port 636 with LDAPS.',
      options,
    );
  }
  if (code === 'ETIMEDOUT') {
    return new LdapFailure(
      'tls',
      'tls_timeout',
      `${host}:${port} accepted the connection and did not answer the TLS handshake in time.`,
      'Check that port and encryption belong together: 636 with LDAPS, 389 with TLS on the plain port.',
      options,
    );
  }
  return new LdapFailure(
    'tls',
    'tls_failed',
    `The TLS handshake with ${host}:${port} failed (${code || messageOf(error)}).`,
    'The server may have no certificate, or only know versions of TLS before 1.2.',
    options,
  );
}

function namesOf(error: unknown): string {
  const certificate = (error as { cert?: { subjectaltname?: string; subject?: { CN?: unknown } } }).cert;
  const names = certificate?.subjectaltname ?? certificate?.subject?.CN;
  return names === undefined ? '' : `: ${String(names)}`;
}

function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  return String((error as { code?: unknown }).code ?? '');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
