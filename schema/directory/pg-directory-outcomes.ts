import type {
  DirectoryAccount,
  DirectoryOutcomes,
  FollowingPolicy,
} from '../../appliance/directory/directory-lookup-service.ts';
import type { Sql } from '../sql.ts';

export class PgDirectoryOutcomes implements DirectoryOutcomes {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async policiesOf(
    providerId: number,
    person: { userId: number | undefined; distinguishedName: string; groups: readonly string[] },
  ): Promise<FollowingPolicy[]> {
    const names = [person.distinguishedName, ...person.groups].filter((name) => name !== '');
    const rows = await this.#sql<FollowingPolicy[]>`
      select p.id, p.name, min(m.because) as because
        from group_policy p
        join (select group_policy_id, coalesce(distinguished_name, group_name, 'user') as because
                from group_policy_member
               where security_provider_id = ${providerId}
                 and (user_id = ${person.userId ?? null}
                      or user_id is null
                         and lower(coalesce(distinguished_name, group_name)) in (select lower(unnest(${names}::text[]))))
               union all
              select default_group_policy_id, 'default' from security_provider where id = ${providerId}) m
          on m.group_policy_id = p.id
       group by p.id, p.name, p.position order by p.position`;
    return [...rows];
  }

  async accountOf(
    providerId: number,
    externalId: string,
    username: string,
  ): Promise<DirectoryAccount | undefined> {
    const [row] = await this.#sql<DirectoryAccount[]>`
      select id, username, enabled from app_user
       where security_provider_id = ${providerId}
         and (external_id = ${externalId} or external_id is null and lower(username) = lower(${username}))
       order by external_id nulls last limit 1`;
    return row;
  }
}
