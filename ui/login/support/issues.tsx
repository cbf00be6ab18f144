import { Badge } from '@mantine/core';
import { useSkillChoices, useTeamChoices } from '../../shared/choices.ts';
import { CODE_NAME, DESCRIPTION, NAME } from '../../shared/common-fields.ts';
import { type EntryOf, plainResource } from '../../shared/plain-resource.ts';
import { ResourcePage } from '../../shared/resource-page.tsx';

const PRIORITIES = [
  { value: 'low', label: 'Low' },
  { value: 'medium', label: 'Medium' },
  { value: 'high', label: 'High' },
];

export function IssuesPage() {
  const teams = useTeamChoices();
  const skills = useSkillChoices();
  return (
    <ResourcePage<EntryOf<'/issue'>>
      {...plainResource('/issue')}
      name="issues"
      title="Issues"
      noun="issue"
      help="What customers choose from when they ask for help; it decides which team and whose skills."
      empty="There are no issues. Customers cannot choose what they need help with yet."
      rowName={(issue) => issue.name}
      columns={[
        { id: 'name', title: 'Name', cell: (issue) => issue.name },
        { id: 'code_name', title: 'Code name', cell: (issue) => issue.code_name },
        {
          id: 'priority',
          title: 'Priority',
          cell: (issue) => PRIORITIES.find(({ value }) => value === issue.priority)?.label,
        },
        {
          id: 'active',
          title: 'Status',
          cell: (issue) => (
            <Badge color={issue.active ? 'teal' : 'gray'}>{issue.active ? 'active' : 'inactive'}</Badge>
          ),
        },
        { id: 'description', title: 'Description', cell: (issue) => issue.description, hidden: true },
      ]}
      filters={[
        { name: 'name', label: 'Name is' },
        { name: 'team_id', label: 'Team', options: teams },
        {
          name: 'active',
          label: 'Status',
          options: [
            { value: 'true', label: 'Active' },
            { value: 'false', label: 'Inactive' },
          ],
        },
      ]}
      fields={() => [
        { ...NAME, help: 'What the customer chooses from.' },
        CODE_NAME,
        { ...DESCRIPTION, maxLength: 4096 },
        { name: 'active', label: 'Active', kind: 'checkbox', help: 'Customers may choose it.' },
        { name: 'priority', label: 'Priority', kind: 'select', required: true, options: PRIORITIES },
        {
          name: 'team_ids',
          label: 'Teams',
          kind: 'choices',
          numeric: true,
          options: teams,
          help: 'The session is offered to them in this order. None is the general queue.',
        },
        {
          name: 'skill_ids',
          label: 'Skills',
          kind: 'choices',
          numeric: true,
          options: skills,
          help: 'Whoever takes it should have them.',
        },
      ]}
      defaults={{
        name: '',
        code_name: '',
        description: '',
        active: true,
        priority: 'medium',
        team_ids: [],
        skill_ids: [],
      }}
      removeWarning={(issue) => `Customers can no longer choose ${issue.name}.`}
    />
  );
}
