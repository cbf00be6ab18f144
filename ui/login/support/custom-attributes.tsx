import { CODE_NAME } from '../../shared/common-fields.ts';
import { type EntryOf, plainResource } from '../../shared/plain-resource.ts';
import { ResourcePage } from '../../shared/resource-page.tsx';

export function CustomAttributesPage() {
  return (
    <ResourcePage<EntryOf<'/custom-session-attribute'>>
      {...plainResource('/custom-session-attribute')}
      name="custom-session-attributes"
      title="Custom session attributes"
      noun="attribute"
      help="Facts of your own that ticket systems attach to sessions and find again in reports."
      empty="There are none. Create one before a ticket system sends it."
      rowName={(attribute) => attribute.display_name}
      columns={[
        { id: 'display_name', title: 'Name', cell: (attribute) => attribute.display_name },
        { id: 'code_name', title: 'Code name', cell: (attribute) => attribute.code_name },
        { id: 'id', title: 'Id', cell: (attribute) => attribute.id, hidden: true },
      ]}
      fields={() => [
        { name: 'display_name', label: 'Name', kind: 'text', required: true, maxLength: 255 },
        CODE_NAME,
      ]}
      defaults={{ display_name: '', code_name: '' }}
      removeWarning={() => 'Values that sessions already carry stay in their reports.'}
    />
  );
}
