import type { ApiTokenHolder, ApiTokenHolders } from '../../appliance/access/api-tokens.ts';
import type { Sql } from '../sql.ts';

type HolderRow = Omit<ApiTokenHolder, 'permissions'> & { hash: string; permissions: string };

interface Asked {
  answer: Promise<Map<string, ApiTokenHolder>>;
  hashes: Set<string>;
}

/**
 * Finds the holders of tokens for calls that come in together with one statement: what comes in while a statement is
 * under way waits for the next one. Every call is still answered by a read that began after it.
 */
export class PgTokenHolders implements ApiTokenHolders {
  readonly #sql: Sql;
  #underWay: Promise<unknown> = Promise.resolve();
  #next: Asked | undefined;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async findHolder(tokenHash: Buffer): Promise<ApiTokenHolder | undefined> {
    const hash = tokenHash.toString('hex');
    this.#next ??= this.#ask();
    const { hashes, answer } = this.#next;
    hashes.add(hash);
    return (await answer).get(hash);
  }

  async findSecretHolder(secretHash: Buffer): Promise<ApiTokenHolder | undefined> {
    const [row] = await this.#sql<HolderRow[]>`
      select '' as hash, id as "apiAccountId", name, perm_command as "commandLevel",
             array_to_string(permissions, ',') as permissions, ip_addresses as "ipAddresses"
        from api_account
       where secret_hash = ${secretHash} and long_lived_bearer_token and enabled`;
    return row && toHolder(row);
  }

  #ask(): Asked {
    const hashes = new Set<string>();
    const answer = this.#underWay.then(() => {
      this.#next = undefined;
      return this.#read([...hashes]);
    });
    // The next statement starts when this one has ended, however it ended.
    this.#underWay = answer.catch(() => undefined);
    return { hashes, answer };
  }

  async #read(hashes: string[]): Promise<Map<string, ApiTokenHolder>> {
    const sql = this.#sql;
    const rows = await sql<HolderRow[]>`
      select encode(t.token_hash, 'hex') as hash, a.id as "apiAccountId", a.name, a.perm_command as "commandLevel",
             array_to_string(a.permissions, ',') as permissions, a.ip_addresses as "ipAddresses"
        from api_token t
        join api_account a on a.id = t.api_account_id
       where t.token_hash = any(array(select decode(hash, 'hex') from string_to_table(${hashes.join(',')}, ',') as hash))
         and t.expires_at > clock_timestamp() and a.enabled`;
    return new Map(rows.map((row) => [row.hash, toHolder(row)]));
  }
}

function toHolder({ hash: _, permissions, ...row }: HolderRow): ApiTokenHolder {
  return {
    ...row,
    permissions: permissions === '' ? [] : (permissions.split(',') as ApiTokenHolder['permissions']),
  };
}
