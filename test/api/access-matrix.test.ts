import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ContractDocument, type ContractOperation } from '../../api/contract/contract-document.ts';
import { type OpeningRight, USER_RIGHTS } from '../../appliance/access/user-settings.ts';
import { API_PERMISSIONS } from '../../appliance/actor.ts';
import { hashSecret, randomToken } from '../../appliance/secrets.ts';
import { liftRateLimits } from '../support/configuration-calls.ts';
import { testApiAccount } from '../support/test-api-account.ts';
import { type Caller, caller, type TestAppliance, testAppliance } from '../support/test-appliance.ts';
import { type Callers, OPERATION_MATRIX } from './operation-matrix.ts';

const contract = ContractDocument.ofThisVersion();
const nameOf = ({ operationId }: ContractOperation) => operationId.replace(/^api\.config\./, '');
/** These end the credential that makes the call. */
const ENDS_CREDENTIAL = new Set(['sign-out', 'user-token.destroy', 'me.sign-out-everywhere', 'me.password']);

let appliance: TestAppliance;
beforeAll(async () => {
  appliance = await testAppliance();
  await liftRateLimits(appliance);
});
afterAll(() => appliance?.stop());

type Who = () => Promise<Caller>;

/** Somebody with these rights as own settings. */
function person(rights: readonly OpeningRight[], administrator = false): Who {
  return async () => {
    const { sql, url } = appliance;
    const settings = Object.fromEntries(
      rights.map((right) => [right, right === 'perm_endpoint_automation' ? 'administrator' : true]),
    );
    const [user] = await sql<{ id: number }[]>`
      insert into app_user (username, private_display_name, perm_admin, settings)
      values (${randomToken(12)}, 'Somebody', ${administrator}, ${sql.json(settings)}) returning id`;
    const token = `bhu_${randomToken(40)}`;
    await sql`insert into user_credential (user_id, kind, secret_hash, expires_at)
              values (${user!.id}, 'token', ${hashSecret(token)}, now() + interval '1 hour')`;
    return caller(url, async () => ({ authorization: `Bearer ${token}` }));
  };
}

function account(permissions: readonly string[]): Who {
  return () =>
    testApiAccount(
      appliance,
      Object.fromEntries(permissions.map((name) => [name, name === 'perm_command' ? 'full_access' : true])),
    );
}

/** A caller is made once for all operations, except for those that end its credential. */
const made = new Map<string, Promise<Caller>>();
function shared(label: string, who: Who, operation: string): Promise<Caller> {
  if (ENDS_CREDENTIAL.has(operation)) return who();
  const known = made.get(label) ?? who();
  made.set(label, known);
  return known;
}

const EVERY_API = [...API_PERMISSIONS, 'perm_command'];
const EVERY_RIGHT: OpeningRight[] = [
  ...USER_RIGHTS.filter((right) => right !== 'perm_admin'),
  'perm_endpoint_automation',
];

/** Label, who it is, and whether they get in. */
type Case = [string, Who, boolean];

function casesOf({ api, person: people }: Callers): Case[] {
  return [
    ['an API account without permissions', account([]), false],
    ...accountCases(api),
    ['a person without rights', person([]), people === 'anybody'],
    ...personCases(people),
    ['an administrator', person([], true), true],
  ];
}

function accountCases(api: Callers['api']): Case[] {
  if (api === 'nobody') return [['an API account with every permission', account(EVERY_API), false]];
  return [
    [`an API account with ${api.join(' and ')} alone`, account(api), true],
    ...api.map((name): Case => {
      const others = EVERY_API.filter((other) => other !== name);
      return [`an API account with all but ${name}`, account(others), false];
    }),
  ];
}

function personCases(people: Callers['person']): Case[] {
  if (people === 'anybody') return [];
  if (people === 'administrator') {
    return [['a person with every right who is no administrator', person(EVERY_RIGHT), false]];
  }
  const others = EVERY_RIGHT.filter((right) => !people.includes(right));
  return [
    ...people.map((right): Case => [`a person with ${right} alone`, person([right]), true]),
    [`a person with all rights but ${people.join(', ')}`, person(others), false],
  ];
}

/** Nothing of this exists, so whoever gets in is answered by 404 or 422 and changes nothing. */
function targetOf({ path, parameters }: ContractOperation): string {
  const filled = path.replaceAll(/\{([^}]+)\}/g, (_, name: string) => {
    const schema = parameters.find((parameter) => parameter.name === name)?.schema;
    if (schema?.enum !== undefined) return String(schema.enum[0]);
    return schema?.type === 'integer' ? '2147483647' : 'f'.repeat(32);
  });
  return `/api/config/v1${filled}`;
}

async function getsIn(who: Caller, operation: ContractOperation): Promise<boolean> {
  const writes = operation.method !== 'GET' && operation.body !== undefined;
  const answer = await who(targetOf(operation), { method: operation.method, ...(writes && { json: {} }) });
  const text = await answer.text();
  expect(answer.status, `${operation.operationId}: ${text}`).not.toBe(500);
  return answer.status !== 403 && !(answer.status === 401 && text.includes('access_denied'));
}

describe('the matrix of operations', () => {
  it('names every operation of the contract and no other', () => {
    const names = contract.operations.map(nameOf);
    expect(names.filter((name) => !OPERATION_MATRIX.has(name))).toEqual([]);
    const known = new Set(names);
    expect([...OPERATION_MATRIX.keys()].filter((name) => !known.has(name))).toEqual([]);
  });

  it('lets nobody in who shows no credential', async () => {
    for (const operation of contract.operations) {
      if (OPERATION_MATRIX.get(nameOf(operation)) === 'public') continue;
      expect(await getsIn(appliance.anonymous, operation), operation.operationId).toBe(false);
    }
  });

  const held = contract.operations.filter((operation) => {
    const callers = OPERATION_MATRIX.get(nameOf(operation));
    return callers !== undefined && callers !== 'public';
  });
  it.each(held.map((operation) => [operation.operationId, operation] as const))(
    '%s',
    async (_, operation) => {
      const callers = OPERATION_MATRIX.get(nameOf(operation)) as Callers;
      const wrong: string[] = [];
      for (const [label, who, expected] of casesOf(callers)) {
        const in_ = await getsIn(await shared(label, who, nameOf(operation)), operation);
        if (in_ !== expected) wrong.push(`${label} ${in_ ? 'gets in' : 'is refused'}`);
      }
      expect(wrong).toEqual([]);
    },
  );
});
