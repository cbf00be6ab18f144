import { client, ok, pageOf, readOf } from '../../shared/api.ts';
import { overtaken } from '../../shared/members.tsx';
import { SimpleMembers } from '../../shared/simple-members.tsx';
import { VAULT_ROLES, type VaultRole } from './vault-roles.ts';

const WORDS = {
  account: {
    title: 'Who may use it',
    empty: 'Nobody directly. People may also be let in by a group policy or on the account group.',
  },
  'account-group': {
    title: 'Who may use its accounts',
    empty: 'Nobody directly. People may also be let in by a group policy or on an account.',
  },
};

/** The people who were let in directly, on an account or on an account group, and what they may do. */
export function VaultUsers({ owner, id }: { owner: keyof typeof WORDS; id: number }) {
  // Both answer alike; the typed client knows them by the one.
  const all = `/vault/${owner}/{id}/user` as '/vault/account/{id}/user';
  const one = `${all}/{user_id}` as const;
  const at = (user_id: number) => ({ path: { id, user_id } });
  return (
    <SimpleMembers
      name={`users of vault ${owner} ${id}`}
      title={WORDS[owner].title}
      help="Inject: their sessions may use it and they never see the secret. Inject and check out: they may also see it."
      empty={WORDS[owner].empty}
      roles={VAULT_ROLES}
      load={(page, signal) =>
        pageOf(
          client.GET(all, {
            params: { path: { id }, query: { current_page: page, per_page: 25 } },
            signal,
          }),
        )
      }
      add={(user_id, role) =>
        ok(client.POST(all, { params: { path: { id } }, body: { user_id, role: role as VaultRole } }))
      }
      changeRole={async (user_id, role, shown) => {
        const { value, ifMatch } = await readOf(client.GET(one, { params: at(user_id) }));
        if (value.role !== shown) throw overtaken();
        const params = { ...at(user_id), header: ifMatch };
        await ok(client.PATCH(one, { params, body: { role: role as VaultRole } }));
      }}
      remove={(user_id) => ok(client.DELETE(one, { params: at(user_id) }))}
    />
  );
}
