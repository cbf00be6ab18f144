import { INITIAL_USER_SETTINGS, USER_SETTING_NAMES } from '../../../appliance/access/user-settings.ts';
import { dateTime } from '../../../appliance/date-time.ts';
import { LOCAL_PROVIDER_ID } from '../../../appliance/directory/security-provider.ts';
import type { OwnUserSettings, User } from '../../../appliance/directory/user.ts';
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
      const { username, email_address: emailAddress, search, security_provider_id: providerId } = req.query;
      // Every user of this release is local, so another provider has none.
      if (providerId !== undefined && providerId !== LOCAL_PROVIDER_ID) {
        sendPage(req, res, { items: [], total: 0 });
        return;
      }
      const page = await users.list(actorOf(req), { username, emailAddress, search }, pageOf(req.query));
      sendPage(req, res, { items: page.items.map(toUser), total: page.total });
    },
    'api.config.user.store': async (req, res) => {
      const {
        username,
        public_display_name: publicDisplayName,
        private_display_name: privateDisplayName,
      } = req.body;
      const { failedLogins: _ignored, ...settings } = fromRequest(req.body, {});
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
      const changes = fromRequest(req.body, before.settings);
      sendRevised(res, await users.update(actor, req.params.id, changes, revisionsOf(req)), toUser);
    },
    'api.config.user.destroy': async (req, res) => {
      await users.delete(actorOf(req), req.params.id, revisionsOf(req));
      res.status(204).end();
    },
  };
}

type UserBody = BodyOf<'api.config.user.update'>;

function fromRequest(body: UserBody, before: OwnUserSettings) {
  const settings: Record<string, unknown> = { ...before };
  for (const name of USER_SETTING_NAMES) {
    const value = (body as Record<string, unknown>)[name];
    if (name !== 'perm_admin' && value !== undefined && value !== null) settings[name] = value;
  }
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
    settings: settings as OwnUserSettings,
  };
}

/** The contract writes "never" as null or as an empty text. */
function expirationOf(text: string | null | undefined): Date | null | undefined {
  if (text === undefined) return undefined;
  if (text === null || text === '') return null;
  const moment = new Date(text);
  if (Number.isNaN(moment.getTime())) throw invalidField('password_expiration', 'There is no such moment.');
  return moment;
}

function toUser(user: User): AnswerOf<'api.config.user.show', 200> {
  const values = { ...INITIAL_USER_SETTINGS, ...user.settings };
  return {
    id: user.id,
    security_provider_id: LOCAL_PROVIDER_ID,
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
    perm_local_jump: values.perm_local_jump,
    perm_remote_jump: values.perm_remote_jump,
    perm_remote_vnc: values.perm_remote_vnc,
    perm_remote_rdp: values.perm_remote_rdp,
    perm_shell_jump: values.perm_shell_jump,
    perm_local_vnc: values.perm_local_vnc,
    perm_local_rdp: values.perm_local_rdp,
    perm_vpro: values.perm_vpro,
    perm_web_jump: values.perm_web_jump,
    perm_protocol_tunnel: values.perm_protocol_tunnel,
    default_jump_item_role_id: values.default_jump_item_role_id,
  };
}
