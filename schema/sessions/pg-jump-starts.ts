import { effectiveSettings, type PolicyLayer } from '../../appliance/access/effective-settings.ts';
import { jumpMethodsOf, type OwnUserSettings } from '../../appliance/directory/user.ts';
import type { JumpRights, JumpStarts } from '../../appliance/sessions/jump-target.ts';
import { POLICY_LAYERS } from '../access/policy-layers.ts';
import type { Sql } from '../sql.ts';

interface RightsRow extends Omit<JumpRights, 'allowedJumpMethods'> {
  settings: OwnUserSettings;
  policies: PolicyLayer[];
}

export class PgJumpStarts implements JumpStarts {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async rightsOf(userId: number): Promise<JumpRights | undefined> {
    const sql = this.#sql;
    const [row] = await sql<RightsRow[]>`
      select perm_admin as administrator, enabled, username, public_display_name as "publicDisplayName",
             private_display_name as "privateDisplayName", settings, ${sql.unsafe(POLICY_LAYERS)} as policies
        from app_user u where id = ${userId}`;
    if (row === undefined) return undefined;
    const { settings, policies, ...rights } = row;
    const values = effectiveSettings({ ...settings, perm_admin: rights.administrator }, policies);
    return { ...rights, administrator: values.perm_admin, allowedJumpMethods: jumpMethodsOf(values) };
  }

  async markAccessed(jumpItemId: number): Promise<void> {
    await this.#sql`update jump_item set last_accessed_at = clock_timestamp() where id = ${jumpItemId}`;
  }
}
