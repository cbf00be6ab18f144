import { afterAll, beforeAll, expect, it } from 'vitest';
import { programLog } from '../../agents/log/program-log.ts';
import { type TestDatabase, testDatabase } from '../support/test-database.ts';

const SECRET = 'hunter2-planted-secret';
let database: TestDatabase;

beforeAll(async () => {
  database = await testDatabase();
  await database.ownerSql`
    create table planted (id int primary key, secret text unique, colour text constraint a_colour check (colour <> 'no'))`;
  await database.ownerSql`insert into planted values (1, ${SECRET}, 'red')`;
});
afterAll(() => database?.drop());

it.each([
  [
    'a key that is taken',
    "insert into planted values (2, $1, 'red')",
    { code: '23505', detail: 'Key (secret)=([redacted]) already exists.' },
  ],
  [
    'a row that breaks a rule',
    "insert into planted values (3, $1::text || '!', 'no')",
    { code: '23514', detail: '[redacted]', constraint_name: 'a_colour' },
  ],
  [
    'a text that is no number',
    'select $1::text::int',
    { code: '22P02', message: 'invalid input syntax for type integer: "[redacted]"' },
  ],
  ['a text that is no JSON', 'select ($1::text)::jsonb', { code: '22P02', where: '[redacted]' }],
])('what the database says of %s is logged without values', async (_, query, told) => {
  const failed = await database.ownerSql.unsafe(query, [SECRET]).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(Error);
  const lines: string[] = [];
  const log = programLog({ to: { write: (line) => void lines.push(line) } });
  const wrapped = new Error('could not be stored', { cause: failed });
  log.error({ err: failed, wrapped }, 'failed');
  expect(lines.join('')).not.toContain(SECRET);
  expect(JSON.parse(lines[0]!).err).toMatchObject({ type: 'PostgresError', ...told });
});
