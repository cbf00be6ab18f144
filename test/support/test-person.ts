import { expect } from 'vitest';
import { type Call, configurationCalls } from './configuration-calls.ts';
import { type Caller, caller, signIn, type TestAppliance } from './test-appliance.ts';

export const PASSWORD_OF_PEOPLE = 'a password of a person';

/** A new representative with these own settings, signed in. */
export async function testPerson(
  appliance: TestAppliance,
  username: string,
  settings: Record<string, unknown> = {},
): Promise<{ id: number; call: Call; caller: Caller }> {
  const { status, body } = await configurationCalls(appliance.api)('POST', '/user', {
    username,
    public_display_name: username,
    private_display_name: username,
    password: PASSWORD_OF_PEOPLE,
  });
  expect(`${status} ${JSON.stringify(body)}`).toMatch(/^201/);
  await appliance.sql`
    update app_user set settings = settings || ${appliance.sql.json(settings as never)} where id = ${body.id}`;
  const headers = await signIn(appliance.url, username, PASSWORD_OF_PEOPLE);
  const person = caller(appliance.url, async () => headers);
  return { id: body.id, call: configurationCalls(person), caller: person };
}
