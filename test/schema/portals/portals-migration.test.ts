import { expect, it } from 'vitest';
import { migrate } from '../../../schema/migrate.ts';
import { testDatabase } from '../../support/test-database.ts';

const log = { info() {}, warn() {} };

it('brings portals, session policies and what uses them over from the first release', async () => {
  const database = await testDatabase();
  try {
    await database.ownerSql`drop owned by current_user cascade`;
    await migrate({ ...database, log, upTo: 1 });
    const sql = database.ownerSql;
    await sql`insert into public_portal (name, hostname) values ('Branch', 'Support.Branch.example.com')`;
    await sql`insert into jump_group (name, code_name) values ('Servers', 'servers')`;
    await sql`
      insert into jump_item (kind, name, jump_group_id, session_policy_id, attended_session_policy_id, public_portal_id)
      values ('shell_jump', 'one', 1, 2, 3, 2)`;
    await sql`insert into session_policy (display_name, code_name) values ('Ours', 'ours')`;

    await migrate({ ...database, log });

    expect(
      await sql`select id, name, hostname, code_name, comments, revision from public_portal order by id`,
    ).toEqual([
      { id: 1, name: 'Default', hostname: '', code_name: 'default', comments: '', revision: 1 },
      {
        id: 2,
        name: 'Branch',
        hostname: 'Support.Branch.example.com',
        code_name: 'portal_2',
        comments: '',
        revision: 1,
      },
    ]);
    expect(await sql`select public_portal_id, address from public_portal_address`).toEqual([
      { public_portal_id: 2, address: 'support.branch.example.com' },
    ]);
    const [item] =
      await sql`select session_policy_id, attended_session_policy_id, public_portal_id from jump_item`;
    expect(item).toEqual({ session_policy_id: 2, attended_session_policy_id: 3, public_portal_id: 2 });
    const [ours] =
      await sql`select permissions, available_to_jump_items from session_policy where code_name = 'ours'`;
    expect(ours).toEqual({ permissions: {}, available_to_jump_items: true });
    expect(await sql`select id, name from jump_item_role where id in (1, 4) order by id`).toEqual([
      { id: 1, name: 'No Access' },
      { id: 4, name: 'Administrator' },
    ]);
  } finally {
    await database.drop();
  }
});
