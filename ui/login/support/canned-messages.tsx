import { useTeamChoices } from '../../shared/choices.ts';
import { CODE_NAME } from '../../shared/common-fields.ts';
import { type EntryOf, plainResource } from '../../shared/plain-resource.ts';
import { ResourcePage } from '../../shared/resource-page.tsx';
import { cannedFields, cannedFilters, offeredTo } from './canned-fields.ts';

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
      filters={[{ name: 'title', label: 'Title is' }, ...cannedFilters(teams)]}
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
        ...cannedFields(teams),
      ]}
      defaults={{ title: '', code_name: '', message: '', categories: [], team_ids: [] }}
      removeWarning={(message) => `Representatives can no longer send ${message.title}.`}
    />
  );
}
