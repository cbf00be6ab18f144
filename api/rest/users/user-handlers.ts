import { USER_SETTING_NAMES } from '../../../appliance/access/user-settings.ts';
import { dateTime } from '../../../appliance/date-time.ts';
import type { ShownUser } from '../../../appliance/directory/user.ts';
import type { UserService } from '../../../appliance/directory/user-service.ts';
import { invalidField } from '../../../appliance/errors.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, BodyOf, Handlers } from '../../contract/handlers.ts';
import { pageOf, sendCreated, sendPage } from '../../contract/paging.ts';
import { dateTimeOrNull } from '../date-times.ts';
import { revisionsOf, sendRevised, setRevision } from '../revision.ts';
import { aliasesIn, settingsIn } from '../setting-values.ts';

export function userHandlers({ users }: { users: UserService }): Partial<Handlers> {
  return {
    'api.config.user.index': async (req, res) => {
      const {
        username,
        email_address: emailAddress,
        search,
        security_provider_id: securityProviderId,
      } = req.query;
      const filter = { username, emailAddress, search, securityProviderId };
      const page = await users.list(actorOf(req), filter, pageOf(req.query));
      sendPage(req, res, { items: page.items.map(toUser), total: page.total });
    },
    'api.config.user.store': async (req, res) => {
      const {
        username,
        public_display_name: publicDisplayName,
        private_display_name: privateDisplayName,
      } = req.body;
      const { failedLogins: _ignored, ...fields } = fromRequest(req.body);
      const user = await users.create(actorOf(req), {
        ...fields,
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
      const changes = fromRequest(req.body);
      sendRevised(res, await users.update(actorOf(req), req.params.id, changes, revisionsOf(req)), toUser);
    },
    'api.config.user.destroy': async (req, res) => {
      await users.delete(actorOf(req), req.params.id, revisionsOf(req));
      res.status(204).end();
    },
  };
}

type UserBody = BodyOf<'api.config.user.update'>;

function fromRequest(body: UserBody) {
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
    values: settingsIn(body),
    aliases: aliasesIn(body),
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

/** All but the session policies, which the published object does not have. */
const SHOWN = USER_SETTING_NAMES.filter(
  (name) => name !== 'attended_session_policy' && name !== 'unattended_session_policy',
);

function toUser(user: ShownUser): AnswerOf<'api.config.user.show', 200> {
  const answer = {
    id: user.id,
    security_provider_id: user.securityProviderId,
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
    two_factor_enabled: user.factors.enabled,
    fido2_credential_count: user.factors.passkeys,
    fido2_last_used_date: dateTimeOrNull(user.factors.passkeyLastUsedAt),
    ...Object.fromEntries(SHOWN.map((name) => [name, user.effective[name]])),
  };
  // The catalogue and the contract list the same settings; a test holds them together.
  return answer as unknown as AnswerOf<'api.config.user.show', 200>;
}
