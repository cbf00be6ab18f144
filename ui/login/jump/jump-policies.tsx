import { client, ok, pageOf, readOf, type Schema } from '../../shared/api.ts';
import type { FormValues } from '../../shared/record-form.tsx';
import { bodyOf, ResourcePage } from '../../shared/resource-page.tsx';
import { ScheduleEditor } from '../schedule-editor.tsx';

type JumpPolicy = Schema<'JumpPolicy'>;

export function JumpPoliciesPage() {
  return (
    <ResourcePage<JumpPolicy>
      name="jump-policies"
      title="Jump Policies"
      noun="Jump Policy"
      help="A Jump Policy says when the Jump Items it is given to may be reached."
      empty="There are no Jump Policies. Without one, Jump Items may be reached at any time."
      rowKey={(policy) => String(policy.id)}
      rowName={(policy) => policy.display_name}
      columns={[
        { id: 'display_name', title: 'Name', cell: (policy) => policy.display_name },
        { id: 'code_name', title: 'Code name', cell: (policy) => policy.code_name },
        {
          id: 'schedule',
          title: 'Schedule',
          cell: (policy) =>
            policy.schedule_enabled
              ? policy.schedule_strict
                ? 'enforced, ends sessions'
                : 'enforced'
              : 'off',
        },
        {
          id: 'conditions',
          title: 'Asks for',
          cell: (policy) =>
            [
              ...(policy.ticket_id_required ? ['ticket ID'] : []),
              ...(policy.two_factor_challenge_required ? ['second factor'] : []),
            ].join(', '),
        },
        { id: 'simultaneous', title: 'Simultaneous jumps', cell: (policy) => policy.simultaneous_jumps },
        { id: 'description', title: 'Description', cell: (policy) => policy.description },
      ]}
      filters={[{ name: 'code_name', label: 'Code name is' }]}
      load={(query, signal) =>
        pageOf(
          client.GET('/jump-policy', {
            params: { query: { current_page: query.page, per_page: 50, ...query.filters } },
            signal,
          }),
        )
      }
      read={(policy, signal) =>
        readOf(client.GET('/jump-policy/{id}', { params: { path: { id: policy.id } }, signal }))
      }
      fields={() => [
        { name: 'display_name', label: 'Name', kind: 'text', required: true, maxLength: 255 },
        {
          name: 'code_name',
          label: 'Code name',
          kind: 'text',
          maxLength: 64,
          help: 'Made from the name when blank.',
        },
        { name: 'description', label: 'Description', kind: 'textarea', maxLength: 1000 },
        { name: 'schedule_enabled', label: 'Enforce the schedule', kind: 'checkbox', section: 'When' },
        {
          name: 'schedule_strict',
          label: 'End sessions when the schedule does',
          section: 'When',
          kind: 'checkbox',
          help: 'Representatives are warned from 15 minutes before.',
          when: (values) => values.schedule_enabled === true,
        },
        {
          name: 'simultaneous_jumps',
          section: 'Several at once',
          label: 'Several representatives at once',
          kind: 'select',
          required: true,
          options: [
            { value: 'global', label: 'As the site setting says' },
            { value: 'join', label: 'Allowed' },
            { value: 'disallow', label: 'Not allowed' },
          ],
        },
        {
          name: 'simultaneous_jump_behavior_applies_to_copies',
          label: 'Counts copies of the Jump Item as one',
          kind: 'checkbox',
          section: 'Several at once',
          when: (values) => values.simultaneous_jumps === 'join',
        },
        {
          name: 'simultaneous_jumps_rdp',
          section: 'Several at once',
          label: 'Several RDP sessions at once',
          kind: 'select',
          required: true,
          options: [
            { value: 'global', label: 'As the site setting says' },
            { value: 'new_session', label: 'Each opens its own' },
            { value: 'disallow', label: 'Not allowed' },
          ],
        },
        {
          name: 'ticket_id_required',
          label: 'Require a ticket ID',
          kind: 'checkbox',
          help: 'The ticket system of the site settings is asked before a session starts. Without one this has no effect.',
          section: 'Before a session starts',
        },
        {
          name: 'two_factor_challenge_required',
          label: 'Require a second factor',
          kind: 'checkbox',
          help: 'Whoever starts a session proves a second factor within five minutes before; people without one are refused.',
          section: 'Before a session starts',
        },
      ]}
      defaults={{
        display_name: '',
        code_name: '',
        description: '',
        schedule_enabled: true,
        schedule_strict: false,
        simultaneous_jumps: 'global',
        simultaneous_jumps_rdp: 'global',
        simultaneous_jump_behavior_applies_to_copies: false,
        ticket_id_required: false,
        two_factor_challenge_required: false,
      }}
      toForm={(policy) => policy as unknown as FormValues}
      create={(values) =>
        ok(client.POST('/jump-policy', { body: bodyOf<Schema<'JumpPolicyCreate'>>(values) }))
      }
      update={(policy, values, header) =>
        ok(
          client.PATCH('/jump-policy/{id}', {
            params: { path: { id: policy.id }, header },
            body: bodyOf<Schema<'JumpPolicyUpdate'>>(values),
          }),
        )
      }
      remove={(policy, header) =>
        ok(client.DELETE('/jump-policy/{id}', { params: { path: { id: policy.id }, header } }))
      }
      removeWarning={() => 'A policy that Jump Items still use cannot be deleted.'}
      details={(policy) => <ScheduleEditor policyId={policy.id} enforced={policy.schedule_enabled} />}
    />
  );
}
