import { dateTime } from '../../../appliance/date-time.ts';
import { LOCAL_SECURITY_PROVIDER } from '../../../appliance/directory/security-provider.ts';
import { JUMP_METHODS, type JumpMethod, type User } from '../../../appliance/directory/user.ts';
import type { UserService } from '../../../appliance/directory/user-service.ts';
import { invalidField } from '../../../appliance/errors.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, BodyOf, Handlers } from '../../contract/handlers.ts';
import { pageOf, sendCreated, sendPage } from '../../contract/paging.ts';
import { dateTimeOrNull } from '../date-times.ts';
import { revisionsOf, sendRevised, setRevision } from '../revision.ts';

export function userHandlers({ users }: { users: UserService }): Partial<Handlers> {
  return {
    'api.config.user.index': async (req, res) => {
      const { username, email_address: emailAddress, security_provider_id: providerId } = req.query;
      // Every user of this release is local, so another provider has none.
      if (providerId !== undefined && providerId !== LOCAL_SECURITY_PROVIDER.id) {
        sendPage(req, res, { items: [], total: 0 });
        return;
      }
      const page = await users.list(actorOf(req), { username, emailAddress }, pageOf(req.query));
      sendPage(req, res, { items: page.items.map(toUser), total: page.total });
    },
    'api.config.user.store': async (req, res) => {
      const {
        username,
        public_display_name: publicDisplayName,
        private_display_name: privateDisplayName,
      } = req.body;
      const { failedLogins: _ignored, ...settings } = fromRequest(req.body, [...JUMP_METHODS]);
      const user = await users.create(actorOf(req), {
        ...settings,
        username,
        publicDisplayName,
        privateDisplayName,
      });
      setRevision(res, user);
      sendCreated(res, `/user/${user.id}`, toUser(user));
    },
    'api.config.user.show': async (req, res) => {
      sendRevised(res, await users.show(actorOf(req), req.params.id), toUser);
    },
    'api.config.user.update': async (req, res) => {
      const actor = actorOf(req);
      const before = await users.show(actor, req.params.id);
      const changes = fromRequest(req.body, before.allowedJumpMethods);
      sendRevised(res, await users.update(actor, req.params.id, changes, revisionsOf(req)), toUser);
    },
    'api.config.user.destroy': async (req, res) => {
      await users.delete(actorOf(req), req.params.id, revisionsOf(req));
      res.status(204).end();
    },
  };
}

type UserBody = BodyOf<'api.config.user.update'>;

function fromRequest(body: UserBody, methodsBefore: readonly JumpMethod[]) {
  const allowedJumpMethods = jumpMethodsOf(body, methodsBefore);
  refuseUnkeptLimits(body, allowedJumpMethods ?? methodsBefore);
  return {
    username: body.username,
    password: body.password === '' ? undefined : (body.password ?? undefined),
    publicDisplayName: body.public_display_name,
    privateDisplayName: body.private_display_name,
    emailAddress: body.email_address === null ? '' : body.email_address,
    enabled: body.enabled ?? undefined,
    failedLogins: body.failed_logins ?? undefined,
    mustChangePassword: body.password_reset_next_login ?? undefined,
    passwordExpiration: expirationOf(body.password_expiration),
    preferredEmailLanguage: body.preferred_email_language ?? undefined,
    displayNumber: body.display_number,
    administrator: body.perm_admin ?? undefined,
    defaultJumpItemRoleId: body.default_jump_item_role_id ?? undefined,
    allowedJumpMethods,
  };
}

/**
 * Published permissions that are not kept here are passed over, because clients send back what they read elsewhere;
 * a right that is not there is not given by that. Those that would take away what everybody has here are refused: a
 * caller must not believe that somebody is shut out who is not.
 */
function refuseUnkeptLimits(body: UserBody, methods: readonly JumpMethod[]): void {
  for (const name of ['perm_support_allowed', 'perm_access_allowed'] as const) {
    if (body[name] === 'not_allowed' && methods.length > 0) {
      throw invalidField(
        name,
        `${name} is not kept: the jump methods decide. Set perm_shell_jump and the others to false as well.`,
      );
    }
  }
  if ((body.private_jump_item_role_id ?? 1) !== 1) {
    throw invalidField(
      'private_jump_item_role_id',
      'private_jump_item_role_id is not kept: everybody has every permission on their own items. Send 1, or leave it out.',
    );
  }
}

/** The contract writes "never" as null or as an empty text. */
function expirationOf(text: string | null | undefined): Date | null | undefined {
  if (text === undefined) return undefined;
  if (text === null || text === '') return null;
  const moment = new Date(text);
  if (Number.isNaN(moment.getTime())) throw invalidField('password_expiration', 'There is no such moment.');
  return moment;
}

/** The contract has one permission per jump method; those it does not name stay as they were. */
function jumpMethodsOf(body: UserBody, before: readonly JumpMethod[]): JumpMethod[] | undefined {
  if (JUMP_METHODS.every((method) => typeof body[`perm_${method}`] !== 'boolean')) return undefined;
  return JUMP_METHODS.filter((method) => body[`perm_${method}`] ?? before.includes(method));
}

function toUser(user: User): AnswerOf<'api.config.user.show', 200> {
  const may = (method: JumpMethod) => user.allowedJumpMethods.includes(method);
  return {
    id: user.id,
    security_provider_id: LOCAL_SECURITY_PROVIDER.id,
    username: user.username,
    public_display_name: user.publicDisplayName,
    private_display_name: user.privateDisplayName,
    email_address: user.emailAddress,
    enabled: user.enabled,
    last_authentication: dateTimeOrNull(user.lastAuthentication),
    failed_logins: user.failedLogins,
    password_reset_next_login: user.mustChangePassword,
    password_expiration: dateTimeOrNull(user.passwordExpiration),
    preferred_email_language: user.preferredEmailLanguage,
    display_number: user.displayNumber ?? user.id,
    created_at: dateTime(user.createdAt),
    perm_admin: user.administrator,
    perm_local_jump: may('local_jump'),
    perm_remote_jump: may('remote_jump'),
    perm_remote_vnc: may('remote_vnc'),
    perm_remote_rdp: may('remote_rdp'),
    perm_shell_jump: may('shell_jump'),
    perm_local_vnc: may('local_vnc'),
    perm_local_rdp: may('local_rdp'),
    perm_vpro: may('vpro'),
    perm_web_jump: may('web_jump'),
    perm_protocol_tunnel: may('protocol_tunnel'),
    default_jump_item_role_id: user.defaultJumpItemRoleId,
  };
}
