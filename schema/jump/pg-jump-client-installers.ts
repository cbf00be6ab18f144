import type {
  InstallerFilter,
  InstallerSettings,
  JumpClientInstaller,
  JumpClientInstallers,
  NewJumpClientInstaller,
} from '../../appliance/jump/jump-client-installer.ts';
import type { Page, PageRequest } from '../../appliance/paging.ts';
import type { Sql } from '../sql.ts';

interface InstallerRow extends Omit<JumpClientInstaller, 'jumpGroupType' | 'jumpGroupId' | 'settings'> {
  jump_group_id: number | null;
  owner_user_id: number | null;
  settings: InstallerSettings;
}

export class PgJumpClientInstallers implements JumpClientInstallers {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async list(filter: InstallerFilter, page: PageRequest): Promise<Page<JumpClientInstaller>> {
    const sql = this.#sql;
    const { name, tag, jumpGroupId: owner, jumpGroupType: type, connectionType, createdByUserId } = filter;
    const where = sql`
      where true
        ${name === undefined ? sql`` : sql`and lower(i.name) = lower(${name})`}
        ${tag === undefined ? sql`` : sql`and lower(i.tag) = lower(${tag})`}
        ${owner === undefined ? sql`` : sql`and (i.jump_group_id = ${owner} or i.owner_user_id = ${owner})`}
        ${type === 'shared' ? sql`and i.jump_group_id is not null` : sql``}
        ${type === 'personal' ? sql`and i.owner_user_id is not null` : sql``}
        ${connectionType === undefined ? sql`` : sql`and i.connection_type = ${connectionType}`}
        ${createdByUserId === undefined ? sql`` : sql`and i.created_by_user_id = ${createdByUserId}`}`;
    const [rows, [count]] = await Promise.all([
      sql<InstallerRow[]>`
        select ${this.#columns()}
          from (select i.id from jump_client_installer i ${where}
                 order by i.id limit ${page.limit} offset ${page.offset}) as page
          join jump_client_installer i using (id)
          left join public_portal p on p.id = i.public_portal_id
         order by i.id`,
      sql<{ total: number }[]>`select count(*)::int as total from jump_client_installer i ${where}`,
    ]);
    return { items: rows.map(toInstaller), total: count?.total ?? 0 };
  }

  async findById(id: number): Promise<JumpClientInstaller | undefined> {
    const sql = this.#sql;
    const [row] = await sql<InstallerRow[]>`
      select ${this.#columns()} from jump_client_installer i
        left join public_portal p on p.id = i.public_portal_id
       where i.id = ${id}`;
    return row && toInstaller(row);
  }

  async isUsable(installerId: string): Promise<boolean> {
    const rows = await this.#sql`
      select 1 from jump_client_installer where installer_id = ${installerId} and expires_at > now()`;
    return rows.length > 0;
  }

  async insert(installer: NewJumpClientInstaller): Promise<JumpClientInstaller> {
    const { jumpGroupType: type, jumpGroupId: owner } = installer;
    const [row] = await this.#sql<{ id: number }[]>`
      insert into jump_client_installer (installer_id, key_hash, name, jump_group_id, owner_user_id, tag, comments,
             jump_policy_id, session_policy_id, attended_session_policy_id, public_portal_id, connection_type,
             settings, created_by_user_id, expires_at)
      values (${installer.installerId}, ${installer.keyHash}, ${installer.name},
              ${type === 'shared' ? owner : null}, ${type === 'personal' ? owner : null}, ${installer.tag},
              ${installer.comments}, ${installer.jumpPolicyId}, ${installer.sessionPolicyId},
              ${installer.attendedSessionPolicyId}, ${installer.publicPortalId}, ${installer.connectionType},
              ${JSON.stringify(installer.settings)}::text::jsonb, ${installer.createdByUserId},
              now() + ${installer.validMinutes} * interval '1 minute')
      returning id`;
    return (await this.findById(row!.id))!;
  }

  async delete(id: number): Promise<void> {
    await this.#sql`delete from jump_client_installer where id = ${id}`;
  }

  #columns() {
    return this.#sql`
      i.id, i.installer_id as "installerId", i.name, i.jump_group_id, i.owner_user_id, i.tag, i.comments,
      i.jump_policy_id as "jumpPolicyId", i.session_policy_id as "sessionPolicyId",
      i.attended_session_policy_id as "attendedSessionPolicyId", coalesce(p.hostname, '') as "publicSiteAddress",
      i.connection_type as "connectionType", i.settings, i.created_by_user_id as "createdByUserId",
      i.expires_at as "expiresAt"`;
  }
}

function toInstaller({
  jump_group_id: group,
  owner_user_id: owner,
  ...row
}: InstallerRow): JumpClientInstaller {
  return {
    ...row,
    jumpGroupType: group === null ? 'personal' : 'shared',
    // The table holds exactly one owner.
    jumpGroupId: (group ?? owner)!,
  };
}
