import { client, ok, pageOf, readOf } from '../../shared/api.ts';
import { usePublicPortalChoices } from '../../shared/choices.ts';
import { CODE_NAME, COMMENTS, NAME } from '../../shared/common-fields.ts';
import { Members, overtaken } from '../../shared/members.tsx';
import { type EntryOf, plainResource } from '../../shared/plain-resource.ts';
import { ResourcePage } from '../../shared/resource-page.tsx';

type Team = EntryOf<'/team'>;
type TeamRole = 'member' | 'lead' | 'manager';

const ROLES: { value: TeamRole; label: string }[] = [
  { value: 'member', label: 'Team member' },
  { value: 'lead', label: 'Team lead' },
  { value: 'manager', label: 'Team manager' },
];

export function TeamsPage() {
  const portals = usePublicPortalChoices();
  return (
    <ResourcePage<Team>
      {...plainResource('/team')}
      name="teams"
      title="Teams"
      noun="team"
      help="Sessions wait in the queue of a team until one of its members takes them. Leads see what members do, managers what leads and members do."
      empty="There are no teams yet. Create one and add the people who support together."
      rowName={(team) => team.name}
      columns={[
        { id: 'name', title: 'Name', cell: (team) => team.name },
        { id: 'code_name', title: 'Code name', cell: (team) => team.code_name },
        { id: 'comments', title: 'Comments', cell: (team) => team.comments },
        {
          id: 'queue',
          title: 'Persistent queue',
          cell: (team) => (team.persistent_queue ? 'yes' : 'no'),
          hidden: true,
        },
      ]}
      searchable
      filters={[{ name: 'code_name', label: 'Code name is' }]}
      fields={() => [
        NAME,
        CODE_NAME,
        COMMENTS,
        {
          name: 'persistent_queue',
          label: 'Persistent queue',
          kind: 'checkbox',
          help: 'The queue stays open while nobody of the team is signed in.',
        },
        {
          name: 'public_portal_ids',
          label: 'Offered on the public portals',
          kind: 'choices',
          options: [{ value: 'all', label: 'All, also those made later' }, ...portals],
        },
      ]}
      defaults={{
        name: '',
        code_name: '',
        comments: '',
        persistent_queue: false,
        public_portal_ids: ['all'],
      }}
      create={(values) => plainResource('/team').create(withPortalIds(values))}
      update={(team, values, header) => plainResource('/team').update(team, withPortalIds(values), header)}
      removeWarning={(team) => `The queue of ${team.name} goes with it. Its members stay users.`}
      details={(team) => <TeamMembers id={team.id} />}
    />
  );
}

/** Portals are chosen as text; on the wire their ids are numbers, and `all` is a word. */
function withPortalIds<Values extends Record<string, unknown>>(values: Values): Values {
  const ids = Array.isArray(values.public_portal_ids) ? values.public_portal_ids : [];
  return { ...values, public_portal_ids: ids.map((id) => (id === 'all' ? id : Number(id))) };
}

function TeamMembers({ id }: { id: number }) {
  const member = (user_id: number) => ({ path: { id, user_id } });
  return (
    <Members
      name={`team members ${id}`}
      title="Members"
      empty="Nobody yet. People may also become members through a group policy."
      roles={ROLES}
      roleOf={({ team_role: role }) => ROLES.find(({ value }) => value === role)}
      load={(page, search, signal) =>
        pageOf(
          client.GET('/team/{id}/member', {
            params: { path: { id }, query: { current_page: page, per_page: 25, search } },
            signal,
          }),
        )
      }
      add={(user_id, role) =>
        ok(
          client.POST('/team/{id}/user', {
            params: { path: { id } },
            body: { user_id, role: (role ?? 'member') as TeamRole },
          }),
        )
      }
      changeRole={async (user_id, role, shown) => {
        const { value, ifMatch } = await readOf(
          client.GET('/team/{id}/user/{user_id}', { params: member(user_id) }),
        );
        if (value.role !== shown) throw overtaken();
        await ok(
          client.PATCH('/team/{id}/user/{user_id}', {
            params: { ...member(user_id), header: ifMatch },
            body: { role: (role ?? 'member') as TeamRole },
          }),
        );
      }}
      remove={(user_id) => ok(client.DELETE('/team/{id}/user/{user_id}', { params: member(user_id) }))}
    />
  );
}
