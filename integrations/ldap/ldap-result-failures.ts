import { LdapFailure, LdapResultError, RESULT } from './ldap-failure.ts';

/** What Active Directory means by the number after `data` when it refuses a bind. */
const SUB_CODES: Readonly<Record<string, { reason: string; advice: string }>> = {
  '525': {
    reason: 'user_not_found',
    advice:
      'There is no such account. Check the name: Active Directory takes a DN, name@domain or DOMAIN\\name.',
  },
  '52e': {
    reason: 'wrong_password',
    advice: 'The password is wrong, or the name is that of another account.',
  },
  '530': { reason: 'not_at_this_time', advice: 'The logon hours of the account do not allow it now.' },
  '531': {
    reason: 'not_from_here',
    advice:
      'The account may sign in at certain workstations only. Allow it for the domain controller or lift the restriction.',
  },
  '532': {
    reason: 'password_expired',
    advice: 'The password has expired and has to be changed in the directory first.',
  },
  '533': { reason: 'account_disabled', advice: 'The account is disabled in the directory.' },
  '701': { reason: 'account_expired', advice: 'The account has expired in the directory.' },
  '773': {
    reason: 'must_change_password',
    advice: 'The password has to be changed at the next sign-in; do that at a computer of the domain first.',
  },
  '775': {
    reason: 'account_locked',
    advice: 'The account is locked after too many wrong passwords. Unlock it in the directory.',
  },
};

const TOLD: Readonly<Record<string, string>> = {
  user_not_found: 'there is no such account',
  wrong_password: 'the password is wrong',
  not_at_this_time: 'the account may not sign in at this time',
  not_from_here: 'the account may not sign in from here',
  password_expired: 'the password has expired',
  account_disabled: 'the account is disabled',
  account_expired: 'the account has expired',
  must_change_password: 'the password has to be changed first',
  account_locked: 'the account is locked',
};

export interface Refusal {
  /** A stable word, e.g. `account_locked`. */
  kind: string;
  /** In words. */
  reason: string;
  advice: string;
}

/** Why a bind as a person was refused; undefined when that was not about name and password. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof LdapResultError)) return undefined;
  const { code, diagnostic } = error;
  const sub = SUB_CODES[/\bdata ([0-9a-f]{3,8})\b/i.exec(diagnostic)?.[1]?.toLowerCase() ?? ''];
  if (code === RESULT.invalidCredentials && sub !== undefined) {
    return { kind: sub.reason, reason: TOLD[sub.reason] ?? sub.reason, advice: sub.advice };
  }
  const locked = /account (is )?locked/i.test(diagnostic);
  switch (code) {
    case RESULT.invalidCredentials:
      return locked
        ? { kind: 'account_locked', reason: TOLD.account_locked!, advice: SUB_CODES['775']!.advice }
        : {
            kind: 'wrong_password',
            reason: 'name or password are wrong',
            advice:
              'Check the password. Most directories answer alike for a wrong password, an unknown name and a locked account.',
          };
    case RESULT.inappropriateAuthentication:
      return {
        kind: 'no_password',
        reason: 'the account has no password in the directory',
        advice: 'Give the account a password in the directory.',
      };
    case RESULT.noSuchObject:
      return { kind: 'user_not_found', reason: TOLD.user_not_found!, advice: SUB_CODES['525']!.advice };
    default:
      return undefined;
  }
}

/** For binds with the provider's own account. */
export function bindFailure(error: unknown, name: string): LdapFailure {
  if (error instanceof LdapFailure) return ofBind(error);
  const refusal = refusalOf(error);
  if (refusal !== undefined) {
    return new LdapFailure(
      'bind',
      refusal.kind,
      `The directory refused “${name}”: ${refusal.reason}.`,
      `${refusal.advice} This is the account the provider searches with (“Search as”).`,
      { cause: error },
    );
  }
  if (!(error instanceof LdapResultError)) throw error;
  return (
    securityFailure(error) ??
    new LdapFailure(
      'bind',
      error.code === RESULT.invalidDnSyntax ? 'bind_name_syntax' : 'bind_failed',
      error.code === RESULT.invalidDnSyntax
        ? `“${name}” is no distinguished name, and this directory takes nothing else.`
        : `The directory did not let “${name}” in (result ${error.code}${inBrackets(error)}).`,
      error.code === RESULT.invalidDnSyntax
        ? 'Write the whole name, such as cn=search,ou=services,dc=example,dc=com.'
        : 'Look at what the log of the directory says about this bind.',
      { elsewhere: isElsewhere(error), cause: error },
    )
  );
}

/** Answers that ask for another kind of connection. */
function securityFailure(error: LdapResultError): LdapFailure | undefined {
  const { code, diagnostic } = error;
  if (code === RESULT.strongAuthRequired || code === RESULT.confidentialityRequired) {
    return new LdapFailure(
      'bind',
      'encryption_required',
      `The directory takes no password over a connection that is not encrypted (result ${code}).`,
      'Choose LDAPS, or TLS on the plain port.',
      { cause: error },
    );
  }
  if (
    code === RESULT.authMethodNotSupported ||
    (code === RESULT.unwillingToPerform && /bind/i.test(diagnostic))
  ) {
    return new LdapFailure(
      'bind',
      'simple_bind_refused',
      `The directory does not allow to sign in with name and password (result ${code}${inBrackets(error)}).`,
      'Allow simple binds for this account and this kind of connection in the directory.',
      { cause: error },
    );
  }
  return undefined;
}

export function anonymousFailure(error: unknown): LdapFailure {
  if (error instanceof LdapFailure) return ofBind(error);
  if (!(error instanceof LdapResultError)) throw error;
  return new LdapFailure(
    'bind',
    'anonymous_refused',
    `The directory lets nobody search without signing in (result ${error.code}${inBrackets(error)}).`,
    'Turn off “Search without signing in” and give an account that may read users and groups.',
    { cause: error },
  );
}

export function searchFailure(error: unknown, base: string): LdapFailure {
  if (error instanceof LdapFailure) return error;
  if (!(error instanceof LdapResultError)) throw error;
  const { code, diagnostic, matchedDn } = error;
  const failure = (kind: string, message: string, advice: string) =>
    new LdapFailure('search', kind, message, advice, { elsewhere: isElsewhere(error), cause: error });
  switch (code) {
    case RESULT.noSuchObject:
      return failure(
        'no_such_base',
        `The directory has no entry “${base}”${matchedDn === '' ? '' : `; what it has of that is “${matchedDn}”`}.`,
        'Check the search base. It is written from the inside out, such as ou=people,dc=example,dc=com. An entry that the searching account may not see looks the same.',
      );
    case RESULT.invalidDnSyntax:
      return failure(
        'base_syntax',
        `“${base}” is no distinguished name.`,
        'A search base looks like ou=people,dc=example,dc=com.',
      );
    case RESULT.referral:
      return failure(
        'referral',
        `The directory says that “${base}” is kept by another server.`,
        'Name that server as the hostname of the provider, or among its further servers.',
      );
    case RESULT.sizeLimitExceeded:
    case RESULT.adminLimitExceeded:
      return failure(
        'size_limit',
        `The directory stops after a number of entries (result ${code}${inBrackets(error)}).`,
        'Allow the searching account more entries (OpenLDAP: limits … size.pr=unlimited size.prtotal=unlimited), or make the search base or the query narrower.',
      );
    case RESULT.timeLimitExceeded:
      return failure(
        'time_limit',
        'The directory stopped the search because it took too long.',
        'The directory needs indexes for the attributes of the query, or the search base is too wide.',
      );
    case RESULT.unavailableCriticalExtension:
      return failure(
        'paging_unsupported',
        'The directory cannot answer in pages.',
        'Paged results (RFC 2696) are needed to read everybody.',
      );
    case RESULT.operationsError:
      if (/bind/i.test(diagnostic)) return anonymousFailure(error);
      break;
    case RESULT.insufficientAccessRights:
    case RESULT.inappropriateAuthentication:
      return failure(
        'no_right_to_search',
        `The directory does not let the searching account read “${base}” (result ${code}${inBrackets(error)}).`,
        'Give the account the right to read users and groups there.',
      );
    case RESULT.strongAuthRequired:
    case RESULT.confidentialityRequired:
      return securityFailure(error)!;
  }
  return failure(
    'search_failed',
    `The directory refused the search (result ${code}${inBrackets(error)}).`,
    'Look at what the log of the directory says about this search.',
  );
}

function isElsewhere({ code }: LdapResultError): boolean {
  return code === RESULT.busy || code === RESULT.unavailable;
}

function ofBind(failure: LdapFailure): LdapFailure {
  if (failure.stage !== 'search') return failure;
  const { kind, message, advice, elsewhere } = failure;
  return new LdapFailure('bind', kind, message, advice, { elsewhere, cause: failure });
}

function inBrackets({ diagnostic }: LdapResultError): string {
  return diagnostic === '' ? '' : `: ${diagnostic}`;
}
