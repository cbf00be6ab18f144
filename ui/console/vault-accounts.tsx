import { Button, Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { ApiError, client, ok, type Schema } from '../shared/api.ts';
import { ListPage } from '../shared/list-page.tsx';
import { RemoveRecord } from '../shared/remove-record.tsx';
import { momentInWords } from '../shared/time.tsx';
import { useChangedList } from '../shared/use-changed-list.ts';
import { type AccountType, TYPE_LABELS } from '../shared/vault-account-fields.ts';
import { CheckedOut } from './checked-out.tsx';
import {
  type OwnAccount,
  PersonalAccount,
  type PersonalAccountAsked,
  REMOVABLE,
} from './personal-account.tsx';
import { loadOwnAccounts, OWN_VAULT_COLUMNS, OWN_VAULT_FILTERS } from './vault-account-list.tsx';

type Open =
  | { kind: 'personal'; asked: PersonalAccountAsked }
  | { kind: 'remove'; account: OwnAccount }
  | { kind: 'checked-out'; account: OwnAccount; credential: Schema<'VaultAccountCredential'> }
  | undefined;

/** The vault as somebody sees it who uses it: accounts for sessions, accounts to check out, and personal ones. */
export function VaultAccountsPage() {
  const [open, setOpen] = useState<Open>();
  const { list, changed } = useChangedList();
  const [busy, setBusy] = useState(false);
  const close = () => setOpen(undefined);
  const done = (message: string) => {
    close();
    changed(message);
  };
  const attempt = async (act: () => Promise<void>) => {
    setBusy(true);
    try {
      await act();
    } catch (refusal) {
      notifications.show({ message: inWords(refusal as Error), color: 'red', autoClose: 15_000 });
    } finally {
      setBusy(false);
      changed();
    }
  };
  const checkOut = (account: OwnAccount) =>
    attempt(async () => {
      const path = { id: account.id };
      const credential = await ok(client.POST('/me/vault-account/{id}/check-out', { params: { path } }));
      setOpen({ kind: 'checked-out', account, credential });
    });
  const checkIn = (account: OwnAccount) =>
    attempt(async () => {
      await ok(client.POST('/me/vault-account/{id}/check-in', { params: { path: { id: account.id } } }));
      done(`${account.name} is checked in`);
    });
  return (
    <>
      <ListPage<OwnAccount>
        name="my-vault"
        title="Vault Accounts"
        help="Accounts you may use in your sessions, or check out. Your personal accounts are for you alone."
        empty="You may use no vault account yet. An administrator lets you use some, and you may keep personal ones here."
        searchable
        everyMs={15_000}
        {...list}
        rowKey={(account) => String(account.id)}
        columns={OWN_VAULT_COLUMNS}
        filters={OWN_VAULT_FILTERS}
        load={loadOwnAccounts}
        actions={<NewPersonal onNew={(type) => setOpen({ kind: 'personal', asked: { type } })} />}
        rowActions={(account) => (
          <RowActions
            account={account}
            busy={busy}
            onCheckOut={() => void checkOut(account)}
            onCheckIn={() => void checkIn(account)}
            onChange={() => setOpen({ kind: 'personal', asked: { account } })}
            onRemove={() => setOpen({ kind: 'remove', account })}
          />
        )}
      />
      {open?.kind === 'personal' && <PersonalAccount asked={open.asked} onClose={close} onSaved={done} />}
      {open?.kind === 'checked-out' && (
        <CheckedOut
          name={open.account.name}
          credential={open.credential}
          rotates={open.account.rotated_after_check_in}
          onCheckIn={() => void checkIn(open.account)}
          onClose={close}
        />
      )}
      {open?.kind === 'remove' && (
        <RemoveRecord<OwnAccount>
          page={REMOVABLE}
          row={open.account}
          onClose={close}
          onRemoved={() => done('Personal account deleted')}
        />
      )}
    </>
  );
}

/** Who has what only one may have is told with the time of this place. */
function inWords(refusal: Error): string {
  const { checked_out_by: by, checked_out_since: since } = refusal instanceof ApiError ? refusal.body : {};
  if (typeof by !== 'string' || typeof since !== 'string') return refusal.message;
  return `${by} has it since ${momentInWords(since)}. Nobody else can check it out until it is checked in.`;
}

function NewPersonal({ onNew }: { onNew: (type: AccountType) => void }) {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" leftSection={<IconPlus size={16} aria-hidden />}>
          New personal account
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {(Object.keys(TYPE_LABELS) as AccountType[]).map((type) => (
          <Menu.Item key={type} onClick={() => onNew(type)}>
            {TYPE_LABELS[type]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function RowActions(props: {
  account: OwnAccount;
  busy: boolean;
  onCheckOut: () => void;
  onCheckIn: () => void;
  onChange: () => void;
  onRemove: () => void;
}) {
  const { account } = props;
  const mine = account.checked_out_timestamp !== null;
  return (
    <>
      {account.role === 'inject_and_checkout' && (
        <Button
          size="compact-sm"
          disabled={props.busy}
          aria-label={`${mine ? 'Show again' : 'Check out'}: ${account.name}`}
          onClick={props.onCheckOut}
        >
          {mine ? 'Show again' : 'Check out'}
        </Button>
      )}
      {mine && (
        <Button
          size="compact-sm"
          variant="default"
          disabled={props.busy}
          aria-label={`Check in: ${account.name}`}
          onClick={props.onCheckIn}
        >
          Check in
        </Button>
      )}
      {account.personal && (
        <>
          <Button
            size="compact-sm"
            variant="subtle"
            aria-label={`Change ${account.name}`}
            onClick={props.onChange}
          >
            Change
          </Button>
          <Button
            size="compact-sm"
            variant="subtle"
            color="red"
            aria-label={`Delete ${account.name}`}
            onClick={props.onRemove}
          >
            Delete
          </Button>
        </>
      )}
    </>
  );
}
