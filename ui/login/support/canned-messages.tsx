import { type Choice, useTeamChoices } from '../../shared/choices.ts';
import { CODE_NAME } from '../../shared/common-fields.ts';
import { type EntryOf, plainResource } from '../../shared/plain-resource.ts';
import { ResourcePage } from '../../shared/resource-page.tsx';

export function CannedMessagesPage() {
  const teams = useTeamChoices();
  return (
    <ResourcePage<EntryOf<'/canned-message'>>
      {...plainResource('/canned-message')}
      name="canned-messages"
      title="Canned messages"
      noun="canned message"
      help="Texts that representatives can send in the chat without typing them."
      empty="There are no canned messages."
      rowName={(message) => message.title}
      columns={[
        { id: 'title', title: 'Title', cell: (message) => message.title },
        { id: 'code_name', title: 'Code name', cell: (message) => message.code_name, hidden: true },
        { id: 'categories', title: 'Categories', cell: (message) => message.categories.join(', ') },
        { id: 'teams', title: 'Offered to', cell: (message) => offeredTo(message.team_ids, teams) },
        { id: 'message', title: 'Message', cell: (message) => message.message },
      ]}
      filters={[
        { name: 'title', label: 'Title is' },
        { name: 'category', label: 'Category is' },
        { name: 'team_id', label: 'Team', options: teams },
      ]}
      fields={() => [
        { name: 'title', label: 'Title', kind: 'text', required: true, maxLength: 255 },
        { ...CODE_NAME, help: 'Used by scripts. Made from the title when blank.' },
        {
          name: 'message',
          label: 'Message',
          kind: 'textarea',
          required: true,
          maxLength: 10_000,
          help: 'Plain text; BBCode in it is formatted when the message is sent.',
        },
        {
          name: 'categories',
          label: 'Categories',
          kind: 'list',
          help: 'A slash makes a subcategory. Press Enter after each.',
        },
        {
          name: 'team_ids',
          label: 'Teams whose members may use it',
          kind: 'choices',
          numeric: true,
          options: teams,
          help: 'None is everybody.',
        },
      ]}
      defaults={{ title: '', code_name: '', message: '', categories: [], team_ids: [] }}
      removeWarning={(message) => `Representatives can no longer send ${message.title}.`}
    />
  );
}

/** The teams of these ids by name; none is everybody. */
export function offeredTo(teamIds: number[], teams: Choice[]): string {
  if (teamIds.length === 0) return 'everybody';
  return teamIds
    .map((id) => teams.find(({ value }) => value === String(id))?.label ?? `Team ${id}`)
    .join(', ');
}
