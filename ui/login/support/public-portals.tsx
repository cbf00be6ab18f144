import { useSessionPolicyChoices } from '../../shared/choices.ts';
import { CODE_NAME, COMMENTS, NAME } from '../../shared/common-fields.ts';
import { type EntryOf, plainResource } from '../../shared/plain-resource.ts';
import { ResourcePage } from '../../shared/resource-page.tsx';

type PublicPortal = EntryOf<'/public-portal'>;

const DEFAULT_PORTAL_ID = 1;

export function PublicPortalsPage() {
  const policies = useSessionPolicyChoices((policy) => policy.available_to_portals);
  return (
    <ResourcePage<PublicPortal>
      {...plainResource('/public-portal')}
      name="public-portals"
      title="Public portals"
      noun="public portal"
      help="The addresses under which customers come to you. Jump Items, installers, teams and reports refer to portals, and a portal can bring its own session policy. The pages that customers see come with the support of customers."
      empty="There are no public portals."
      rowName={(portal) => portal.name}
      columns={[
        {
          id: 'name',
          title: 'Name',
          cell: (portal) => (portal.id === DEFAULT_PORTAL_ID ? `${portal.name} (default)` : portal.name),
        },
        { id: 'code_name', title: 'Code name', cell: (portal) => portal.code_name },
        { id: 'addresses', title: 'Addresses', cell: (portal) => portal.addresses.join(', ') },
        { id: 'id', title: 'Id', cell: (portal) => portal.id, hidden: true },
      ]}
      fields={() => [
        NAME,
        CODE_NAME,
        {
          name: 'addresses',
          label: 'Addresses',
          kind: 'list',
          help: 'Host names or IP addresses without https:// and path; press Enter after each. Links are made with the first.',
        },
        {
          name: 'session_policy_id',
          label: 'Session policy',
          kind: 'select',
          numeric: true,
          options: policies,
          help: 'For sessions that start here, where the Jump Item does not say otherwise. Only policies that are available to portals.',
        },
        COMMENTS,
      ]}
      defaults={{ name: '', code_name: '', addresses: [], session_policy_id: null, comments: '' }}
      removable={(portal) => portal.id !== DEFAULT_PORTAL_ID}
      removeWarning={() => 'A portal that Jump Items or installers name cannot be deleted.'}
    />
  );
}
