import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { programLog } from '../../../agents/log/program-log.ts';
import { isSecretName } from '../../../agents/log/secret-names.ts';
import { ApplianceError } from '../../../appliance/errors.ts';

const SECRET = 'hunter2-planted-secret';
const HIDDEN = '[redacted]';

type Line = Record<string, unknown> & { err?: Record<string, unknown> };

/** What reaches the output when this is logged. */
function logged(fields: object, message = 'something happened'): { line: Line; text: string } {
  const { log, text } = keptLog();
  log.error(fields, message);
  return { line: JSON.parse(text()), text: text() };
}

function keptLog() {
  const lines: string[] = [];
  const log = programLog({ program: 'test', to: { write: (line) => void lines.push(line) } });
  return { log, text: () => lines.join('') };
}

describe('fields that hold secrets', () => {
  it.each([
    'password',
    'newPassword',
    'private_key',
    'privateKey',
    'private_key_passphrase',
    'secret',
    'client_secret',
    'second_secret',
    'token',
    'refreshToken',
    'X-Vault-Token',
    'authorization',
    'Proxy-Authorization',
    'cookie',
    'set-cookie',
    'code_verifier',
    'client_assertion',
    'SAMLResponse',
    'recovery_codes',
    'passwordHash',
    'keytab',
    'site_key',
    'wrappingKey',
    'x-api-key',
    'passcode',
    'password_confirmation',
    'secretValue',
    'newPassword2',
    'ticket',
    'body',
  ])('keep %s to themselves, wherever it stands', (name) => {
    const { text } = logged({
      [name]: SECRET,
      outer: { list: [{ inner: { [name]: SECRET } }, [{ [name]: [SECRET] }]] },
    });
    expect(text).not.toContain(SECRET);
    expect(text.split(HIDDEN)).toHaveLength(4);
    expect(text).toContain(name);
  });

  it('are all those that the contract says are written and never read', () => {
    const names = writeOnlyNames(readFileSync(join(import.meta.dirname, '../../../openapi.yaml'), 'utf8'));
    expect(names).toContain('bind_password');
    expect(names.filter((name) => !isSecretName(name))).toEqual([]);
  });

  it('are not those that only speak of one', () => {
    const fields = {
      token_type: 'Bearer',
      token_id: 7,
      ticket_id: 'INC0012345',
      password_expires_at: '2026-01-01T00:00:00Z',
      private_key_set: true,
      has_password: true,
      must_change_password: false,
      token: null,
      public_key: 'AAAAC3Nz',
      host_key: 'SHA256:abc',
      external_key: 'CRM-1',
      code: 'ECONNREFUSED',
      keys: ['a'],
      monkey: undefined,
      fields: ['password', 'private_key'],
      column_name: 'client_secret',
    };
    const { monkey: _, ...told } = fields;
    expect(logged(fields).line).toMatchObject(told);
  });

  it('may be headers in any form, forms and attributes', () => {
    const { text, line } = logged({
      headers: { accept: 'text/html', Cookie: `sid=${SECRET}` },
      rawHeaders: ['Accept', 'text/html', 'Authorization', `Bearer ${SECRET}`],
      pairs: [
        ['accept', 'text/html'],
        ['set-cookie', SECRET],
      ],
      form: [
        { name: 'username', value: 'ada' },
        { name: 'password', value: SECRET },
      ],
    });
    expect(text).not.toContain(SECRET);
    expect(line).toMatchObject({
      headers: { accept: 'text/html', Cookie: HIDDEN },
      pairs: [
        ['accept', 'text/html'],
        ['set-cookie', HIDDEN],
      ],
      form: [
        { name: 'username', value: 'ada' },
        { name: 'password', value: HIDDEN },
      ],
    });
  });

  it('may be what all lines of a part of the program carry', () => {
    const { log, text } = keptLog();
    const child = log.child({ part: 'rotation', credential: { password: SECRET } });
    child.child({ token: SECRET }).info('begun');
    expect(text()).not.toContain(SECRET);
    expect(JSON.parse(text())).toMatchObject({ part: 'rotation', msg: 'begun' });
  });
});

describe('errors', () => {
  it('keep what they carry: properties, causes, the errors they hold', () => {
    const cause = Object.assign(new Error('the vault said no'), {
      config: { headers: { authorization: SECRET } },
    });
    const error = Object.assign(new AggregateError([Object.assign(new Error('one'), { token: SECRET })]), {
      code: 'E_VAULT',
      request: { options: { auth: { username: 'ada', password: SECRET } } },
      inner: Object.assign(new Error('two', { cause }), { apiKey: SECRET }),
      cause,
    });
    const { text, line } = logged({ err: error, others: [error], reason: { cause: error } });
    expect(text).not.toContain(SECRET);
    expect(line.err).toMatchObject({
      type: 'AggregateError',
      code: 'E_VAULT',
      request: { options: { auth: { username: 'ada', password: HIDDEN } } },
      inner: { type: 'Error', message: 'two: the vault said no', apiKey: HIDDEN },
      aggregateErrors: [{ message: 'one', token: HIDDEN }],
    });
    expect(line.err?.['stack']).toContain('caused by: Error: the vault said no');
  });

  it('about an address that is none do not quote it', () => {
    const { text, line } = logged({
      err: thrownBy(() => new URL(`postgres://ada:${SECRET}/x@db.example/b`)),
    });
    expect(text).not.toContain(SECRET);
    expect(line['err']).toMatchObject({ code: 'ERR_INVALID_URL', input: HIDDEN, message: 'Invalid URL' });
  });

  it('of the appliance say code and facts', () => {
    const error = new ApplianceError('conflict', 'Taken.', { facts: { id: 7, enrolment_token: SECRET } });
    expect(logged({ err: error }).line.err).toMatchObject({
      type: 'ApplianceError',
      code: 'conflict',
      facts: { id: 7, enrolment_token: HIDDEN },
    });
  });

  it('of the database say nothing of values, in causes neither', () => {
    const error = Object.assign(new Error(`invalid input syntax for type uuid: "${SECRET}"`), {
      severity: 'ERROR',
      code: '22P02',
      detail: `Failing row contains (1, ${SECRET}).`,
      where: `PL/pgSQL function f() line 3 at RAISE\nSQL statement "select '${SECRET}'"`,
      parameters: [SECRET],
      args: [SECRET],
    });
    const { text, line } = logged({ err: new Error('not stored', { cause: error }), first: error });
    expect(text).not.toContain(SECRET);
    expect(line.err?.['message']).toBe('not stored: invalid input syntax for type uuid: "[redacted]"');
    expect(line['first']).toMatchObject({
      code: '22P02',
      detail: HIDDEN,
      where: `PL/pgSQL function f() line 3 at RAISE\n${HIDDEN}`,
      parameters: HIDDEN,
    });
  });

  it('given instead of fields are told too, and so are frozen ones and what was thrown but is none', () => {
    const { log, text } = keptLog();
    log.error(Object.assign(new Error('alone'), { password: SECRET }));
    log.error({ err: Object.freeze(new Error('frozen')) }, 'still told');
    log.error({ err: { message: 'thrown', secret: SECRET } }, 'no error');
    expect(text()).not.toContain(SECRET);
    expect(text()).toContain('alone');
    expect(text()).toContain('frozen');
    expect(text()).toContain('thrown');
  });
});

describe('texts', () => {
  const pem = `-----BEGIN OPENSSH PRIVATE KEY-----\n${'c2VjcmV0'.repeat(8)}\n-----END OPENSSH PRIVATE KEY-----\n`;

  it.each([
    ['a private key', `cannot read ${pem}`, 'c2VjcmV0'],
    ['half a private key', `at "${pem.slice(0, 60)}"`, 'c2VjcmV0'],
    ['an address with a password', `connect postgres://ada:${SECRET}@db.example:5432/bridgehead`, SECRET],
    ['an address whose password has an @', `connect https://ada:p@${SECRET}@vault.example/a`, SECRET],
    ['an address of a user with an @', `connect https://ada@corp.example:${SECRET}@vault.example/a`, SECRET],
    ['a short basic header', 'Authorization: Basic YWRhOnBpbjE= refused', 'YWRhOnBpbjE'],
    ['a query', `GET https://idp.example/cb?code=${SECRET}&state=1&access_token=${SECRET}#x`, SECRET],
    ['a form', `grant_type=password&username=ada&password=${SECRET}`, SECRET],
    ['a header', `Authorization: Bearer ${SECRET}`, SECRET],
    [
      'a document',
      `unexpected ${JSON.stringify({ user: 'ada', password: `${SECRET}"\\\n${SECRET}` })}`,
      SECRET,
    ],
  ])('are told without %s', (_, told, secret) => {
    const { text, line } = logged({ err: new Error(told), words: told }, told);
    expect(text).not.toContain(secret);
    expect(line['words']).toContain(HIDDEN);
    expect(line['msg']).toBe(line['words']);
  });

  it('otherwise stay as they are', () => {
    const words =
      'GET https://host.example:8443/a?page=2 to ada@corp.example by basic authentication: "token_type":1, = \\" ok';
    expect(logged({ words }, words).line).toMatchObject({ words, msg: words });
  });
});

describe('what else may come', () => {
  it('does not stop a line: cycles, depths, bytes, getters that fail', () => {
    const circle: Record<string, unknown> = { id: 1, secret: SECRET };
    circle['self'] = circle;
    const deep = Array.from({ length: 50 }).reduce((inner) => ({ inner }), { password: SECRET });
    const { text, line } = logged({
      circle,
      deep,
      bytes: Buffer.from(SECRET),
      at: new Date(0),
      url: new URL(`https://ada:${SECRET}@host.example/`),
      same: [circle, circle],
    });
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain(String(Buffer.from(SECRET)[0]).concat(','));
    expect(line).toMatchObject({
      circle: { id: 1, secret: HIDDEN, self: '[circular]' },
      bytes: `[${SECRET.length} bytes]`,
      at: '1970-01-01T00:00:00.000Z',
      same: [{ id: 1 }, { id: 1 }],
    });
    const failing = Object.defineProperty({}, 'x', {
      enumerable: true,
      get: () => {
        throw new Error(SECRET);
      },
    });
    expect(logged(failing).line['msg']).toBe('something happened');
  });

  it('leaves what was logged untouched', () => {
    const fields = { outer: { password: SECRET, list: [{ token: SECRET }] } };
    logged(fields);
    expect(fields).toEqual({ outer: { password: SECRET, list: [{ token: SECRET }] } });
  });
});

/** By indentation: reading the whole contract takes seconds. */
function writeOnlyNames(contract: string): string[] {
  const lines = contract.split('\n');
  const indentOf = (line: string) => line.search(/\S/);
  return lines.flatMap((line, at) => {
    if (!line.includes('writeOnly: true')) return [];
    const owner =
      /^\s*\w+: \{/.test(line) && !line.includes('additionalProperties:')
        ? line
        : lines.slice(0, at).findLast((above) => indentOf(above) >= 0 && indentOf(above) < indentOf(line));
    return [owner?.trim().split(':')[0] ?? ''];
  });
}

function thrownBy(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
