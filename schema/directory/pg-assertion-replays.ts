import type { AssertionReplays } from '../../appliance/directory/assertion-replays.ts';
import { hashSecret } from '../../appliance/secrets.ts';
import type { Sql } from '../sql.ts';

export class PgAssertionReplays implements AssertionReplays {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async remember(providerId: number, messageId: string, until: Date): Promise<boolean> {
    const rows = await this.#sql`
      insert into assertion_replay (security_provider_id, message_hash, usable_until)
      values (${providerId}, ${hashSecret(messageId)}, ${until})
      on conflict do nothing
      returning 1`;
    return rows.length === 1;
  }

  async deleteExpired(): Promise<number> {
    const { count } = await this.#sql`
      delete from assertion_replay where usable_until < clock_timestamp() - interval '1 hour'`;
    return count;
  }
}
