/**
 * Every operation of the published configuration API, document version 1.10, of both products, but for vendors and jump
 * approvals, which this appliance does not have: method, path, operationId without its common beginning, and whether
 * the published list is paged.
 */
export const PUBLISHED_OPERATIONS = `
GET /openapi.yaml spec
GET /cli/{platform} cli
GET /api-account api-account.index paged
GET /api-account/{id} api-account.show
GET /user user.index paged
POST /user user.store
GET /user/{id} user.show
PATCH /user/{id} user.update
DELETE /user/{id} user.destroy
GET /user/{id}/group-policies user.group_policies
POST /user/provision user.provision
PATCH /user/{id}/group-policy-changes user.group_policy_change
GET /security-provider security-provider.index paged
GET /security-provider/{id} security-provider.show
PATCH /security-provider/{id} security-provider.update
GET /group-policy group-policy.index paged
POST /group-policy group-policy.store
GET /group-policy/{id} group-policy.show
PATCH /group-policy/{id} group-policy.update
DELETE /group-policy/{id} group-policy.destroy
POST /group-policy/{id}/copy vault.group-policy.copy
GET /group-policy/{id}/jumpoint group-policy.jumpoints.index paged
POST /group-policy/{id}/jumpoint group-policy.jumpoints.store
POST /group-policy/{id}/provision group-policy.provision
GET /group-policy/{id}/jumpoint/{jumpoint_id} group-policy.jumpoints.show
DELETE /group-policy/{id}/jumpoint/{jumpoint_id} group-policy.jumpoints.destroy
GET /group-policy/{id}/member group-policy.member.index paged
POST /group-policy/{id}/member group-policy.member.store
GET /group-policy/{id}/member/{member_id} group-policy.member.show
DELETE /group-policy/{id}/member/{member_id} group-policy.member.destroy
GET /group-policy/{id}/jump-group group-policy.jump-group.index
POST /group-policy/{id}/jump-group group-policy.jump-group.store
GET /group-policy/{id}/jump-group/{jump_group_id} group-policy.jump-group.show
DELETE /group-policy/{id}/jump-group/{jump_group_id} group-policy.jump-group.destroy
GET /group-policy/{id}/vault-account group-policy.vault-account.index
POST /group-policy/{id}/vault-account group-policy.vault-account.store
GET /group-policy/{id}/vault-account/{account_id} group-policy.vault-account.show
DELETE /group-policy/{id}/vault-account/{account_id} group-policy.vault-account.destroy
GET /group-policy/{id}/vault-account-group group-policy.vault-account-group.index
POST /group-policy/{id}/vault-account-group group-policy.vault-account-group.store
GET /group-policy/{id}/vault-account-group/{account_group_id} group-policy.vault-account-group.show
DELETE /group-policy/{id}/vault-account-group/{account_group_id} group-policy.vault-account-group.destroy
GET /group-policy/{id}/team group-policy.team.index paged
POST /group-policy/{id}/team group-policy.team.store
GET /group-policy/{id}/team/{team_id} group-policy.team.show
DELETE /group-policy/{id}/team/{team_id} group-policy.team.destroy
GET /session-policy session-policy.index paged
GET /team team.index paged
POST /team team.store
GET /team/{id} team.show
PATCH /team/{id} team.update
DELETE /team/{id} team.destroy
GET /team/{id}/user team.user.index paged
POST /team/{id}/user team.user.store
GET /team/{id}/user/{user_id} team.user.show
PATCH /team/{id}/user/{user_id} team.user.update
DELETE /team/{id}/user/{user_id} team.user.destroy
GET /rep-status rep-status.index paged
POST /rep-status rep-status.store
GET /rep-status/{id} rep-status.show
PATCH /rep-status/{id} rep-status.update
DELETE /rep-status/{id} rep-status.destroy
GET /public-portal public-portal.index paged
GET /jump-group jump-group.index paged
POST /jump-group jump-group.store
GET /jump-group/{id} jump-group.show
PATCH /jump-group/{id} jump-group.update
DELETE /jump-group/{id} jump-group.destroy
GET /jump-group/{id}/user jump-group.user.index paged
POST /jump-group/{id}/user jump-group.user.store
GET /jump-group/{id}/user/{user_id} jump-group.user.show
PATCH /jump-group/{id}/user/{user_id} jump-group.user.update
DELETE /jump-group/{id}/user/{user_id} jump-group.user.destroy
GET /jump-item-role jump-item-role.index paged
GET /jump-item-role/{id} jump-item-role.show
GET /jump-policy jump-policy.index paged
POST /jump-policy jump-policy.store
GET /jump-policy/{id} jump-policy.show
PATCH /jump-policy/{id} jump-policy.update
DELETE /jump-policy/{id} jump-policy.destroy
GET /jump-policy/{id}/schedule jump-policy.showSchedule
GET /jumpoint jumpoint.index paged
POST /jumpoint jumpoint.store
GET /jumpoint/{id} jumpoint.show
PATCH /jumpoint/{id} jumpoint.update
DELETE /jumpoint/{id} jumpoint.destroy
GET /jumpoint/{id}/installer jumpoint.download
GET /jumpoint/{id}/node jumpoint.node.index
GET /jumpoint/{id}/user jumpoint.user.index paged
POST /jumpoint/{id}/user jumpoint.user.store
GET /jumpoint/{id}/user/{user_id} jumpoint.user.show
DELETE /jumpoint/{id}/user/{user_id} jumpoint.user.destroy
GET /jump-client jump-client.index paged
GET /jump-client/{id} jump-client.show
PATCH /jump-client/{id} jump-client.update
DELETE /jump-client/{id} jump-client.destroy
POST /jump-client/{id}/copy jump-client.copy
GET /jump-client/installer jump-client.installer.index paged
POST /jump-client/installer jump-client.create-installer
GET /jump-client/installer/{id} jump-client.installer.show
DELETE /jump-client/installer/{id} jump-client.installer.destroy
GET /jump-client/installer/{installer_id}/{platform} jump-client.download
GET /jump-item/remote-rdp jump-item.remote-rdp.index paged
POST /jump-item/remote-rdp jump-item.remote-rdp.store
GET /jump-item/remote-rdp/{id} jump-item.remote-rdp.show
PATCH /jump-item/remote-rdp/{id} jump-item.remote-rdp.update
DELETE /jump-item/remote-rdp/{id} jump-item.remote-rdp.destroy
POST /jump-item/remote-rdp/{id}/copy jump-item.remote-rdp.copy
GET /jump-item/remote-vnc jump-item.remote-vnc.index paged
POST /jump-item/remote-vnc jump-item.remote-vnc.store
GET /jump-item/remote-vnc/{id} jump-item.remote-vnc.show
PATCH /jump-item/remote-vnc/{id} jump-item.remote-vnc.update
DELETE /jump-item/remote-vnc/{id} jump-item.remote-vnc.destroy
POST /jump-item/remote-vnc/{id}/copy jump-item.remote-vnc.copy
GET /jump-item/shell-jump jump-item.shell-jump.index paged
POST /jump-item/shell-jump jump-item.shell-jump.store
GET /jump-item/shell-jump/{id} jump-item.shell-jump.show
PATCH /jump-item/shell-jump/{id} jump-item.shell-jump.update
DELETE /jump-item/shell-jump/{id} jump-item.shell-jump.destroy
POST /jump-item/shell-jump/{id}/copy jump-item.shell-jump.copy
GET /jump-item/web-jump jump-item.web-jump.index paged
POST /jump-item/web-jump jump-item.web-jump.store
GET /jump-item/web-jump/{id} jump-item.web-jump.show
PATCH /jump-item/web-jump/{id} jump-item.web-jump.update
DELETE /jump-item/web-jump/{id} jump-item.web-jump.destroy
POST /jump-item/web-jump/{id}/copy jump-item.web-jump.copy
GET /jump-item/protocol-tunnel-jump jump-item.protocol-tunnel-jump.index paged
POST /jump-item/protocol-tunnel-jump jump-item.protocol-tunnel-jump.store
GET /jump-item/protocol-tunnel-jump/{id} jump-item.protocol-tunnel-jump.show
PATCH /jump-item/protocol-tunnel-jump/{id} jump-item.protocol-tunnel-jump.update
DELETE /jump-item/protocol-tunnel-jump/{id} jump-item.protocol-tunnel-jump.destroy
POST /jump-item/protocol-tunnel-jump/{id}/copy jump-item.protocol-tunnel-jump.copy
GET /jump-item/mysql-tunnel-jump jump-item.mysql-tunnel-jump.index paged
POST /jump-item/mysql-tunnel-jump jump-item.mysql-tunnel-jump.store
GET /jump-item/mysql-tunnel-jump/{id} jump-item.mysql-tunnel-jump.show
PATCH /jump-item/mysql-tunnel-jump/{id} jump-item.mysql-tunnel-jump.update
DELETE /jump-item/mysql-tunnel-jump/{id} jump-item.mysql-tunnel-jump.destroy
POST /jump-item/mysql-tunnel-jump/{id}/copy jump-item.mysql-tunnel-jump.copy
GET /jump-item/psql-tunnel-jump jump-item.psql-tunnel-jump.index paged
POST /jump-item/psql-tunnel-jump jump-item.psql-tunnel-jump.store
GET /jump-item/psql-tunnel-jump/{id} jump-item.psql-tunnel-jump.show
PATCH /jump-item/psql-tunnel-jump/{id} jump-item.psql-tunnel-jump.update
DELETE /jump-item/psql-tunnel-jump/{id} jump-item.psql-tunnel-jump.destroy
POST /jump-item/psql-tunnel-jump/{id}/copy jump-item.psql-tunnel-jump.copy
GET /jump-item/network-tunnel-jump jump-item.network-tunnel-jump.index paged
POST /jump-item/network-tunnel-jump jump-item.network-tunnel-jump.store
GET /jump-item/network-tunnel-jump/{id} jump-item.network-tunnel-jump.show
PATCH /jump-item/network-tunnel-jump/{id} jump-item.network-tunnel-jump.update
DELETE /jump-item/network-tunnel-jump/{id} jump-item.network-tunnel-jump.destroy
POST /jump-item/network-tunnel-jump/{id}/copy jump-item.network-tunnel-jump.copy
GET /vault/account vault.account.index paged
POST /vault/account vault.account.store
GET /vault/account/{id} vault.account.show
PATCH /vault/account/{id} vault.account.update
DELETE /vault/account/{id} vault.account.destroy
POST /vault/account/{id}/check-out vault.account.check-out
POST /vault/account/{id}/check-in vault.account.check-in
POST /vault/account/{id}/force-check-in vault.account.force-check-in
POST /vault/account/{id}/rotate vault.account.rotate
GET /vault/account/{id}/user vault.account.user.index paged
POST /vault/account/{id}/user vault.account.user.store
GET /vault/account/{id}/user/{user_id} vault.account.user.show
PATCH /vault/account/{id}/user/{user_id} vault.account.user.update
DELETE /vault/account/{id}/user/{user_id} vault.account.user.destroy
GET /vault/account/{id}/jump-item-association vault.account.jump-item-association.show
POST /vault/account/{id}/jump-item-association vault.account.jump-item-association.store
PATCH /vault/account/{id}/jump-item-association vault.account.jump-item-association.update
DELETE /vault/account/{id}/jump-item-association vault.account.jump-item-association.destroy
POST /vault/account/{id}/jump-item-association/jump-item vault.account.jump-item-association.jump-item.store
DELETE /vault/account/{id}/jump-item-association/jump-item vault.account.jump-item-association.jump-item.destroy
POST /vault/account/{id}/jump-item-association/shared-jump-group vault.account.jump-item-association.shared-jump-group.store
DELETE /vault/account/{id}/jump-item-association/shared-jump-group vault.account.jump-item-association.shared-jump-group.destroy
GET /vault/account-group vault.account-group.index paged
POST /vault/account-group vault.account-group.store
GET /vault/account-group/{id} vault.account-group.show
PATCH /vault/account-group/{id} vault.account-group.update
DELETE /vault/account-group/{id} vault.account-group.destroy
GET /vault/account-group/{id}/user vault.account-group.user.index paged
POST /vault/account-group/{id}/user vault.account-group.user.store
GET /vault/account-group/{id}/user/{user_id} vault.account-group.user.show
PATCH /vault/account-group/{id}/user/{user_id} vault.account-group.user.update
DELETE /vault/account-group/{id}/user/{user_id} vault.account-group.user.destroy
GET /vault/account-group/{id}/account vault.account-group.account.index paged
POST /vault/account-group/{id}/account vault.account-group.account.store
GET /vault/account-group/{id}/account/{account_id} vault.account-group.account.show
DELETE /vault/account-group/{id}/account/{account_id} vault.account-group.account.destroy
GET /vault/account-group/{id}/jump-item-association vault.account-group.jump-item-association.show
PATCH /vault/account-group/{id}/jump-item-association vault.account-group.jump-item-association.update
POST /vault/account-group/{id}/jump-item-association/jump-item vault.account-group.jump-item-association.jump-item.store
DELETE /vault/account-group/{id}/jump-item-association/jump-item vault.account-group.jump-item-association.jump-item.destroy
POST /vault/account-group/{id}/jump-item-association/shared-jump-group vault.account-group.jump-item-association.shared-jump-group.store
DELETE /vault/account-group/{id}/jump-item-association/shared-jump-group vault.account-group.jump-item-association.shared-jump-group.destroy
GET /vault/account-policy vault.account-policy.index paged
POST /vault/account-policy vault.account-policy.store
GET /vault/account-policy/{id} vault.account-policy.show
PATCH /vault/account-policy/{id} vault.account-policy.update
DELETE /vault/account-policy/{id} vault.account-policy.destroy
GET /vault/endpoint vault.endpoint.index paged
GET /vault/endpoint/{id}/remote-rdp-jump-item-candidates vault.endpoint.list-candidates
POST /vault/endpoint/{id}/remote-rdp-jump-item-association vault.endpoint.associate
GET /endpoint-automation/job endpoint-automation.job.index paged
POST /endpoint-automation/job endpoint-automation.job.store
GET /endpoint-automation/job/{id} endpoint-automation.job.show
GET /endpoint-automation/job/{id}/execution endpoint-automation.job.execution.index
GET /endpoint-automation/resource endpoint-automation.resource.index paged
GET /endpoint-automation/resource/{id} endpoint-automation.resource.show
GET /endpoint-automation/script endpoint-automation.script.index paged
POST /endpoint-automation/script endpoint-automation.script.store
GET /endpoint-automation/script/{id} endpoint-automation.script.show
GET /endpoint-automation/script/{id}/resource endpoint-automation.script.resource
GET /endpoint-automation/endpoint endpoint-automation.endpoint.index paged
GET /endpoint-automation/endpoint/{id} endpoint-automation.endpoint.show
`
  .trim()
  .split('\n')
  .map((line) => {
    const [method = '', path = '', name = '', paged] = line.split(' ');
    return { method, path, operationId: `api.config.${name}`, paged: paged === 'paged' };
  });
