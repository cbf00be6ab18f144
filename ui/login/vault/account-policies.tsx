import { CODE_NAME, DESCRIPTION, NAME } from '../../shared/common-fields.ts';
import { type EntryOf, plainResource } from '../../shared/plain-resource.ts';
import type { FormValues } from '../../shared/record-form.tsx';
import { ResourcePage } from '../../shared/resource-page.tsx';

type AccountPolicy = EntryOf<'/vault/account-policy'>;

const { create, update, ...policies } = plainResource('/vault/account-policy');

/** Holds where neither an account nor its group names another; it may be changed and not deleted. */
const DEFAULT_ID = 1;

/** How vault accounts are checked out, and when their secrets change. */
export function AccountPoliciesPage() {
  return (
    <ResourcePage<AccountPolicy>
      {...policies}
      create={(values) => create(withAge(values))}
      update={(policy, values, header) => update(policy, withAge(values), header)}
      name="vault-account-policies"
      title="Account policies"
      noun="account policy"
      help="An account policy says whether several people may have an account at once, and when its password or key is changed. An account follows its own policy, else that of its group, else the default one."
      empty="There are no account policies."
      rowName={(policy) => policy.name}
      columns={[
        { id: 'name', title: 'Name', cell: (policy) => policy.name },
        { id: 'code_name', title: 'Code name', cell: (policy) => policy.code_name },
        {
          id: 'simultaneous',
          title: 'Several check-outs at once',
          cell: (policy) => (policy.allow_simultaneous_checkout ? 'allowed' : 'not allowed'),
        },
        { id: 'rotation', title: 'Secret changes', cell: rotationInWords },
        { id: 'description', title: 'Description', cell: (policy) => policy.description, hidden: true },
      ]}
      filters={[
        { name: 'name', label: 'Name is' },
        { name: 'code_name', label: 'Code name is' },
      ]}
      fields={() => [
        NAME,
        { ...CODE_NAME, help: 'Accounts and groups name the policy by it. Made from the name when blank.' },
        DESCRIPTION,
        {
          name: 'allow_simultaneous_checkout',
          label: 'Several people may have an account at once',
          kind: 'checkbox',
          section: 'Check-out',
          help: 'Otherwise whoever comes second is told who has it and since when. Sessions that use it count too.',
        },
        {
          name: 'auto_rotate_credentials',
          label: 'Change the secret after check-in',
          kind: 'checkbox',
          section: 'Rotation',
          help: 'What somebody has seen, or a session has used, is good for nothing afterwards.',
        },
        {
          name: 'scheduled_password_rotation',
          label: 'Change the secret when it is too old',
          kind: 'checkbox',
          section: 'Rotation',
        },
        {
          name: 'maximum_password_age',
          label: 'Days a secret may be old',
          kind: 'number',
          section: 'Rotation',
          required: true,
          min: 1,
          max: 365,
          when: (values) => values.scheduled_password_rotation === true,
        },
      ]}
      defaults={{
        name: '',
        code_name: '',
        description: '',
        allow_simultaneous_checkout: false,
        auto_rotate_credentials: false,
        scheduled_password_rotation: false,
        maximum_password_age: null,
      }}
      removable={({ id }) => id !== DEFAULT_ID}
      removeWarning={(policy) =>
        `Accounts and groups with ${policy.name} follow the default account policy from then on.`
      }
    />
  );
}

function rotationInWords(policy: AccountPolicy): string {
  const when = [
    ...(policy.auto_rotate_credentials ? ['after check-in'] : []),
    ...(policy.scheduled_password_rotation ? [`after ${policy.maximum_password_age} days`] : []),
  ];
  return when.length === 0 ? 'only when asked' : when.join(', ');
}

/** Without a schedule there is no age, whatever was typed before. */
function withAge(values: FormValues): FormValues {
  return values.scheduled_password_rotation === true ? values : { ...values, maximum_password_age: null };
}
