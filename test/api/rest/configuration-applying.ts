import { describe, expect, it } from 'vitest';
import { type Answer, configurationCalls } from '../../support/configuration-calls.ts';
import {
  apply,
  type Document,
  empty,
  exported,
  group,
  plan,
  planAndApply,
  rich,
} from '../../support/configuration-sites.ts';

/** What applying files does, on the sites of the test that calls this. */
export function applyingCases(): void {
  describe('applying', () => {
    it('makes the changes in one go, with the audit rows of each and one of the whole', async () => {
      const documents = [
        group('north', { members: [{ user: 'Zoë', jump_item_role: 'Night watch' }] }),
        {
          type: 'users',
          fields: { username: 'kim', public_display_name: 'Kim', private_display_name: 'Kim' },
        },
        { type: 'teams', fields: { code_name: 'night', members: [{ user: 'kim', role: 'manager' }] } },
      ];
      const types = ['jump-groups', 'users', 'teams'];
      const { fingerprint } = await planAndApply(rich.admin, types, documents);
      const rows = await rich.sql`
      select event_type, after from audit_event order by id desc limit 6`;
      expect(rows.map((row) => row.event_type).reverse()).toEqual([
        'user.created',
        'jump_group.created',
        'jump_group.user_added',
        'team.user_removed',
        'team.user_added',
        'configuration.applied',
      ]);
      expect(rows[0]!.after).toEqual({
        fingerprint,
        prune: false,
        create: 2,
        update: 1,
        delete: 0,
        unchanged: 0,
      });
      expect(rows[5]!.after).toMatchObject({ username: 'kim', password: 'random' });
      const again = await plan(rich.admin, types, documents);
      expect(again.body.changes).toEqual([]);
    });

    it('is refused with the new plan when the site has changed since the plan', async () => {
      const documents = [group('south')];
      const { body: planned } = await plan(rich.admin, ['jump-groups'], documents);
      await configurationCalls(rich.admin)('POST', '/jump-group', { name: 'South', code_name: 'south' });
      const { status, body } = await apply(rich.admin, ['jump-groups'], documents, planned.fingerprint);
      expect(status).toBe(412);
      expect(body.plan.changes).toMatchObject([
        { action: 'update', key: 'south', fields: [{ name: 'name', before: 'South', after: 'south' }] },
      ]);
      expect((await apply(rich.admin, ['jump-groups'], documents, body.plan.fingerprint)).status).toBe(200);
    });

    it('changes nothing when one change is refused, and says file, object and field', async () => {
      const documents = [
        group('east'),
        { type: 'users', source: 'users.yaml:9', fields: { username: 'kim', email_address: 'no address' } },
      ];
      const types = ['jump-groups', 'users'];
      const planned = await plan(rich.admin, types, documents);
      const refusal = {
        type: 'users',
        key: 'kim',
        source: 'users.yaml:9',
        field: 'email_address',
        message: 'This is not an e-mail address.',
      };
      expect(planned.body.refusals).toEqual([refusal]);
      const { status, body } = await apply(rich.admin, types, documents, planned.body.fingerprint);
      expect(status).toBe(422);
      expect(body).toEqual({
        message:
          'Nothing was changed. users.yaml:9, users/kim, email_address: This is not an e-mail address.',
        refusals: [refusal],
      });
      expect((await configurationCalls(rich.admin)('GET', '/jump-group?code_name=east')).body).toEqual([]);
    });

    it('prunes what the files no longer name, of listed types, and never what came with the appliance', async () => {
      const call = configurationCalls(rich.admin);
      await call('POST', '/jump-group', { name: 'Extra', code_name: 'extra' });
      const { documents } = await exported(rich.admin);
      const types = [
        'jump-groups',
        'jump-item-roles',
        'jumpoints',
        'security-providers',
        'representative-statuses',
      ];
      const kept = documents.filter(
        ({ type, fields }) =>
          (type === 'jump-groups' && fields.code_name !== 'extra') ||
          (type === 'jump-item-roles' && fields.name !== 'No Access') ||
          type === 'jumpoints' ||
          (type === 'security-providers' && fields.type !== 'local'),
      );
      const { body } = await plan(rich.admin, types, kept, true);
      expect(
        body.changes.map((one: Record<string, string>) => `${one.action} ${one.type}/${one.key}`),
      ).toEqual(['delete representative-statuses/at_lunch', 'delete jump-groups/extra']);
      await planAndApply(rich.admin, types, kept, true);
      expect((await call('GET', '/jump-group?code_name=extra')).body).toEqual([]);
      expect((await call('GET', '/user?username=anna')).body).toHaveLength(1);
    });

    it('says which use stands against a deletion', async () => {
      const { documents } = await exported(rich.admin);
      const kept = documents.filter(
        ({ type, fields }) => type === 'session-policies' && fields.code_name !== 'strict',
      );
      const { body } = await plan(rich.admin, ['session-policies'], kept, true);
      expect(body.refusals).toMatchObject([{ type: 'session-policies', key: 'strict' }]);
      expect(body.refusals[0].message).toMatch(/portal/);
    });

    it('refuses to delete what the same files still name, and says where', async () => {
      const call = configurationCalls(rich.admin);
      const made: Document[] = [
        { type: 'users', fields: { username: 'rob', public_display_name: 'R', private_display_name: 'R' } },
        { type: 'jumpoints', fields: { code_name: 'harbour', name: 'Harbour', platform: 'linux-x86' } },
        group('quay', { members: [{ user: 'rob' }] }),
        { type: 'teams', fields: { code_name: 'dockers', name: 'Dockers', members: [{ user: 'rob' }] } },
        {
          type: 'group-policies',
          fields: {
            name: 'Dock policy',
            members: [{ user: 'rob' }],
            jump_groups: [{ jump_group: 'quay' }],
            jumpoints: [{ jumpoint: 'harbour' }],
          },
        },
      ];
      await planAndApply(rich.admin, [], made);
      const renamed: Record<string, [string, string]> = {
        users: ['rob', 'robert'],
        jumpoints: ['harbour', 'haven'],
        'jump-groups': ['quay', 'pier'],
      };
      const { documents } = await exported(rich.admin);
      const types = Object.keys(renamed);
      const changed = documents.map((one) => {
        const [from, to] = renamed[one.type] ?? [];
        const key = one.type === 'users' ? 'username' : 'code_name';
        const source = `${one.type}.yaml:1`;
        return from === undefined || one.fields[key] !== from
          ? { ...one, source }
          : { ...one, source, fields: { ...one.fields, [key]: to, name: to } };
      });
      for (const one of changed) if (one.type === 'users') delete one.fields.name;
      const planned = await plan(rich.admin, types, changed, true);
      const told = planned.body.refusals.map((one: Record<string, string>) =>
        [one.source, one.key, one.field, one.message?.replace(/:.*/, '')].join(' '),
      );
      const would = (key: string) => `This names ${key}, which would be deleted`;
      expect(told).toEqual([
        `jump-groups.yaml:1 pier members.0.user ${would('rob')}`,
        `teams.yaml:1 dockers members.0.user ${would('rob')}`,
        `group-policies.yaml:1 Dock policy members.0.user ${would('rob')}`,
        `group-policies.yaml:1 Dock policy jump_groups.0.jump_group ${would('quay')}`,
        `group-policies.yaml:1 Dock policy jumpoints.0.jumpoint ${would('harbour')}`,
      ]);
      const applied = await apply(rich.admin, types, changed, planned.body.fingerprint, true);
      expect(applied).toMatchObject({ status: 422, body: { refusals: planned.body.refusals } });
      expect((await call('GET', '/user?username=rob')).body).toHaveLength(1);
      // Files that do not name it any more let it go, and describe the site afterwards.
      const without = documents
        .filter(({ fields }) => fields.username !== 'rob')
        .map((one) => JSON.parse(JSON.stringify(one).replace(/\{"user":"rob"[^}]*\},?/g, '')));
      await planAndApply(rich.admin, ['users'], without, true);
      expect((await plan(rich.admin, ['users'], without, true)).body).toMatchObject({
        changes: [],
        refusals: [],
      });
    });

    it('deletes what refers to each other, and people who are still named where nobody looks any more', async () => {
      const types = [
        'security-providers',
        'group-policies',
        'users',
        'teams',
        'skills',
        'jump-groups',
        'issues',
        'canned-scripts',
      ];
      const { documents } = await exported(empty.admin);
      const kept = documents.filter(({ type, fields }) => {
        if (type === 'security-providers') return fields.type === 'local';
        return (
          (type === 'users' && fields.username === 'admin') ||
          type === 'jump-groups' ||
          (type === 'group-policies' && fields.name === 'Default')
        );
      });
      const fresh = kept.map((one) => ({
        ...one,
        fields: {
          ...one.fields,
          ...(one.type === 'security-providers' && { default_policy: null }),
          ...(one.type === 'jump-groups' && { members: [] }),
        },
      }));
      const done = await planAndApply(empty.admin, types, fresh, true);
      expect(done.totals.delete).toBeGreaterThan(8);
      const left = (await exported(empty.admin)).documents.filter(({ type }) => types.includes(type));
      expect(left).toHaveLength(fresh.length);
    });

    it('gives a name that becomes free to its new bearer', async () => {
      await planAndApply(
        rich.admin,
        ['skills'],
        [{ type: 'skills', fields: { code_name: 'old', name: 'Cables' } }],
      );
      const kept = (await exported(rich.admin)).documents.filter(
        ({ type, fields }) => type === 'skills' && fields.code_name !== 'old',
      );
      const moved = { type: 'skills', fields: { code_name: 'new', name: 'Cables' } };
      await planAndApply(rich.admin, ['skills'], [...kept, moved], true);
      const { body } = await configurationCalls(rich.admin)('GET', '/skill?name=Cables');
      expect(body).toMatchObject([{ code_name: 'new' }]);
    });

    it('at the same time happens once', async () => {
      const documents = [group('west')];
      const { body } = await plan(rich.admin, ['jump-groups'], documents);
      const both = await Promise.all([
        apply(rich.admin, ['jump-groups'], documents, body.fingerprint),
        apply(rich.admin, ['jump-groups'], documents, body.fingerprint),
      ]);
      expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
    });

    it('does not overwrite what somebody changes at the same time', async () => {
      const call = configurationCalls(rich.admin);
      const documents = [group('abc'), group('kiosks', { name: 'Kiosks', comments: 'of the file' })];
      const { body } = await plan(rich.admin, ['jump-groups'], documents);
      let applied: Promise<Answer> | undefined;
      await rich.sql.begin(async (sql) => {
        await sql`update jump_group set comments = 'of somebody', revision = revision + 1 where code_name = 'kiosks'`;
        applied = apply(rich.admin, ['jump-groups'], documents, body.fingerprint);
        await waitingBackend();
      });
      const answer = await applied!;
      expect(answer.status).toBe(412);
      expect(answer.body.plan.changes[1].fields).toEqual([
        { name: 'comments', before: 'of somebody', after: 'of the file' },
      ]);
      expect((await call('GET', '/jump-group?code_name=abc')).body).toEqual([]);
      expect((await call('GET', '/jump-group?code_name=kiosks')).body[0].comments).toBe('of somebody');
    });

    it('that dies in the middle leaves nothing', async () => {
      const call = configurationCalls(rich.admin);
      const { body: kiosks } = await call('GET', '/jump-group?code_name=kiosks');
      const documents = [group('aaa'), group('kiosks', { name: 'Kiosks', comments: 'new' })];
      const { body } = await plan(rich.admin, ['jump-groups'], documents);
      await rich.sql.begin(async (sql) => {
        await sql`select 1 from jump_group where id = ${kiosks[0].id} for update`;
        const applied = apply(rich.admin, ['jump-groups'], documents, body.fingerprint);
        await rich.sql`select pg_terminate_backend(${await waitingBackend()})`;
        expect((await applied).status).toBe(503);
      });
      expect((await call('GET', '/jump-group?code_name=aaa')).body).toEqual([]);
      expect((await call('GET', `/jump-group/${kiosks[0].id}`)).body.comments).toBe(kiosks[0].comments);
    });
  });
}

/** The process of the database that waits for a Jump Group which somebody holds. */
async function waitingBackend(): Promise<number> {
  for (;;) {
    const [row] = await rich.sql<{ pid: number }[]>`
      select pid from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock' and query ilike '%jump_group%'`;
    if (row !== undefined) return row.pid;
  }
}
