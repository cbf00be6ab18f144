import { useTeamChoices } from '../../shared/choices.ts';
import { CODE_NAME, DESCRIPTION, NAME } from '../../shared/common-fields.ts';
import { type EntryOf, plainResource } from '../../shared/plain-resource.ts';
import { ResourcePage } from '../../shared/resource-page.tsx';
import { cannedFields, cannedFilters, offeredTo } from './canned-fields.ts';

const SYSTEMS = ['Windows', 'Linux', 'Mac'].map((name) => ({ value: name, label: name }));
const SHELLS = [
  { value: 'command_prompt', label: 'Windows command prompt' },
  { value: 'powershell', label: 'PowerShell' },
  { value: 'sh', label: 'sh' },
  { value: 'shell_jump', label: 'The far end of a Shell Jump' },
];

export function CannedScriptsPage() {
  const teams = useTeamChoices();
  return (
    <ResourcePage<EntryOf<'/canned-script'>>
      {...plainResource('/canned-script')}
      name="canned-scripts"
      title="Canned scripts"
      noun="canned script"
      help="Commands that representatives can run in a session without typing them."
      empty="There are no canned scripts."
      rowName={(script) => script.name}
      columns={[
        { id: 'name', title: 'Name', cell: (script) => script.name },
        { id: 'code_name', title: 'Code name', cell: (script) => script.code_name },
        { id: 'categories', title: 'Categories', cell: (script) => script.categories.join(', ') },
        { id: 'teams', title: 'Offered to', cell: (script) => offeredTo(script.team_ids, teams) },
        { id: 'elevated', title: 'Elevated', cell: (script) => (script.elevated ? 'yes' : 'no') },
        { id: 'description', title: 'Description', cell: (script) => script.description, hidden: true },
      ]}
      filters={[{ name: 'name', label: 'Name is' }, ...cannedFilters(teams)]}
      fields={() => [
        NAME,
        CODE_NAME,
        DESCRIPTION,
        { name: 'commands', label: 'Commands', kind: 'textarea', required: true, maxLength: 100_000 },
        ...cannedFields(teams),
        {
          name: 'operating_systems',
          label: 'Operating systems',
          kind: 'choices',
          options: SYSTEMS,
          help: 'None is everywhere.',
        },
        {
          name: 'shell_kinds',
          label: 'What reads the commands',
          kind: 'choices',
          options: SHELLS,
          help: 'None is every one.',
        },
        {
          name: 'elevated',
          label: 'Run elevated',
          kind: 'checkbox',
          help: 'With the elevated rights of the customer client.',
        },
      ]}
      defaults={{
        name: '',
        code_name: '',
        description: '',
        commands: '',
        categories: [],
        team_ids: [],
        operating_systems: [],
        shell_kinds: [],
        elevated: false,
      }}
      removeWarning={(script) => `Representatives can no longer run ${script.name}.`}
    />
  );
}
