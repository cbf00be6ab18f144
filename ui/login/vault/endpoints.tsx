import { Badge } from '@mantine/core';
import { useJumpointChoices } from '../../shared/choices.ts';
import { DESCRIPTION } from '../../shared/common-fields.ts';
import { type EntryOf, plainResource } from '../../shared/plain-resource.ts';
import { ResourcePage } from '../../shared/resource-page.tsx';
import { HostKeyScan } from './host-key-scan.tsx';

type Endpoint = EntryOf<'/vault/endpoint'>;

/** Systems on which the passwords and keys of vault accounts are changed. */
export function EndpointsPage() {
  const jumpoints = useJumpointChoices();
  return (
    <ResourcePage<Endpoint>
      {...plainResource('/vault/endpoint')}
      name="vault-endpoints"
      title="Endpoints"
      noun="endpoint"
      help="A system on which passwords and keys of vault accounts are changed: through its Jumpoint, by SSH, when it shows the host key that is known here."
      empty="There are no endpoints. Without one, passwords and keys are not changed by the vault."
      rowName={(endpoint) => endpoint.name}
      searchable
      columns={[
        { id: 'name', title: 'Name', cell: (endpoint) => endpoint.name },
        { id: 'hostname', title: 'Hostname / IP', cell: (endpoint) => endpoint.hostname },
        {
          id: 'jumpoint',
          title: 'Jumpoint',
          cell: (endpoint) =>
            jumpoints.find(({ value }) => value === String(endpoint.jumpoint_id))?.label ?? 'none',
        },
        {
          id: 'host_key',
          title: 'Host key',
          cell: (endpoint) => (
            <Badge color={endpoint.host_key === '' ? 'yellow' : 'teal'}>
              {endpoint.host_key === '' ? 'not known' : 'known'}
            </Badge>
          ),
        },
        { id: 'port', title: 'Port', cell: (endpoint) => endpoint.port, hidden: true },
        { id: 'os', title: 'Operating system', cell: (endpoint) => endpoint.operating_system, hidden: true },
        { id: 'domain', title: 'Domain', cell: (endpoint) => endpoint.domain_name, hidden: true },
        { id: 'description', title: 'Description', cell: (endpoint) => endpoint.description, hidden: true },
      ]}
      filters={[{ name: 'hostname', label: 'Hostname is' }]}
      fields={() => [
        { name: 'name', label: 'Name', kind: 'text', required: true, maxLength: 128 },
        { name: 'hostname', label: 'Hostname / IP', kind: 'text', required: true, maxLength: 128 },
        {
          name: 'jumpoint_id',
          label: 'Jumpoint',
          kind: 'select',
          numeric: true,
          options: jumpoints,
          help: 'It reaches the system and changes passwords and keys there.',
        },
        {
          name: 'port',
          label: 'SSH port',
          kind: 'number',
          required: true,
          min: 1,
          max: 65535,
        },
        {
          name: 'host_key',
          label: 'SSH host key',
          kind: 'textarea',
          maxLength: 4096,
          help: 'As in known_hosts: kind and base64. Nothing is changed on a system that shows another one.',
        },
        { ...DESCRIPTION, section: 'About it' },
        {
          name: 'operating_system',
          label: 'Operating system',
          kind: 'text',
          maxLength: 128,
          section: 'About it',
        },
        { name: 'domain_name', label: 'Domain', kind: 'text', maxLength: 128, section: 'About it' },
        {
          name: 'distinguished_name',
          label: 'Distinguished name',
          kind: 'text',
          maxLength: 1024,
          section: 'About it',
        },
      ]}
      defaults={{
        name: '',
        hostname: '',
        jumpoint_id: null,
        port: 22,
        host_key: '',
        description: '',
        operating_system: '',
        domain_name: '',
        distinguished_name: '',
      }}
      details={(endpoint, reload) => <HostKeyScan id={endpoint.id} onAccepted={reload} />}
      removeWarning={() =>
        'Its accounts stay and belong to no endpoint; their passwords and keys are no longer changed.'
      }
    />
  );
}
