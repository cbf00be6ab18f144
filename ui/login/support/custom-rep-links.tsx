import { CODE_NAME, NAME } from '../../shared/common-fields.ts';
import { type EntryOf, plainResource } from '../../shared/plain-resource.ts';
import { ResourcePage } from '../../shared/resource-page.tsx';

export function CustomRepLinksPage() {
  return (
    <ResourcePage<EntryOf<'/custom-rep-link'>>
      {...plainResource('/custom-rep-link')}
      name="custom-rep-links"
      title="Custom links"
      noun="custom link"
      help="Buttons in the console that open another system about the session at hand, e.g. its ticket."
      empty="There are no custom links."
      rowName={(link) => link.name}
      columns={[
        { id: 'name', title: 'Name', cell: (link) => link.name },
        { id: 'code_name', title: 'Code name', cell: (link) => link.code_name },
        { id: 'url', title: 'Address', cell: (link) => link.url },
      ]}
      filters={[
        { name: 'name', label: 'Name is' },
        { name: 'code_name', label: 'Code name is' },
      ]}
      fields={() => [
        { ...NAME, maxLength: 128 },
        CODE_NAME,
        {
          name: 'url',
          label: 'Address',
          kind: 'text',
          required: true,
          maxLength: 4096,
          help: 'A web address (http or https); macros such as %SESSION.external_key% are filled in when it is opened.',
        },
      ]}
      defaults={{ name: '', code_name: '', url: 'https://' }}
      removeWarning={(link) => `The link ${link.name} disappears from the console.`}
    />
  );
}
