import { client, ok, pageOf } from '../../shared/api.ts';
import { CODE_NAME, DESCRIPTION, NAME } from '../../shared/common-fields.ts';
import { type EntryOf, plainResource } from '../../shared/plain-resource.ts';
import { ResourcePage } from '../../shared/resource-page.tsx';
import { SimpleMembers } from '../../shared/simple-members.tsx';

export function SkillsPage() {
  return (
    <ResourcePage<EntryOf<'/skill'>>
      {...plainResource('/skill')}
      name="skills"
      title="Skills"
      noun="skill"
      help="Sessions go first to those whose skills match what the customer's issue asks for."
      empty="There are no skills. Without any, every representative is as good as another."
      rowName={(skill) => skill.name}
      columns={[
        { id: 'name', title: 'Name', cell: (skill) => skill.name },
        { id: 'code_name', title: 'Code name', cell: (skill) => skill.code_name },
        { id: 'description', title: 'Description', cell: (skill) => skill.description },
      ]}
      filters={[
        { name: 'name', label: 'Name is' },
        { name: 'code_name', label: 'Code name is' },
      ]}
      fields={() => [NAME, CODE_NAME, DESCRIPTION]}
      defaults={{ name: '', code_name: '', description: '' }}
      removeWarning={(skill) => `Nobody has the skill ${skill.name} any more.`}
      details={(skill) => <SkilledUsers id={skill.id} />}
    />
  );
}

function SkilledUsers({ id }: { id: number }) {
  return (
    <SimpleMembers
      name={`skilled users ${id}`}
      title="Who has it"
      empty="Nobody yet."
      load={(page, signal) =>
        pageOf(
          client.GET('/skill/{id}/user', {
            params: { path: { id }, query: { current_page: page, per_page: 25 } },
            signal,
          }),
        )
      }
      add={(user_id) => ok(client.POST('/skill/{id}/user', { params: { path: { id } }, body: { user_id } }))}
      remove={(user_id) =>
        ok(client.DELETE('/skill/{id}/user/{user_id}', { params: { path: { id, user_id } } }))
      }
    />
  );
}
