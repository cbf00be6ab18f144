import { CODE_NAME, NAME } from '../../shared/common-fields.ts';
import { type EntryOf, plainResource } from '../../shared/plain-resource.ts';
import { ResourcePage } from '../../shared/resource-page.tsx';

type RepStatus = EntryOf<'/rep-status'>;

const DISPLAYED = [
  { value: 'away', label: 'Away' },
  { value: 'busy', label: 'Busy' },
];

/** The built-in status of those who can take sessions is displayed as nothing else. */
const isBuiltIn = (status: RepStatus | undefined) => status !== undefined && status.display_as === null;

export function RepStatusesPage() {
  return (
    <ResourcePage<RepStatus>
      {...plainResource('/rep-status')}
      name="rep-statuses"
      title="Representative statuses"
      noun="status"
      help="What representatives can say about themselves while they are signed in."
      empty="There are no statuses."
      rowName={(status) => status.name}
      columns={[
        { id: 'name', title: 'Name', cell: (status) => status.name },
        { id: 'code_name', title: 'Code name', cell: (status) => status.code_name },
        {
          id: 'display_as',
          title: 'Displayed as',
          cell: (status) => DISPLAYED.find(({ value }) => value === status.display_as)?.label ?? 'Available',
        },
      ]}
      filters={[{ name: 'name', label: 'Name is' }]}
      fields={(status) => [
        { ...NAME, maxLength: 64 },
        CODE_NAME,
        ...(isBuiltIn(status)
          ? []
          : [
              {
                name: 'display_as',
                label: 'Displayed as',
                kind: 'select' as const,
                required: true,
                options: DISPLAYED,
                help: 'Sessions are offered to neither by themselves.',
              },
            ]),
      ]}
      defaults={{ name: '', code_name: '', display_as: 'away' }}
      removeWarning={() => 'Whoever is shown with it is shown as available.'}
    />
  );
}
