import { dateTime } from '../../../appliance/date-time.ts';
import type {
  DirectoryLookupService,
  TracedPerson,
} from '../../../appliance/directory/directory-lookup-service.ts';
import type { DirectorySync, DirectorySyncChange } from '../../../appliance/directory/directory-sync.ts';
import type { DirectorySyncService } from '../../../appliance/directory/directory-sync-service.ts';
import type { ProviderStep } from '../../../appliance/directory/provider-trace.ts';
import { invalidField } from '../../../appliance/errors.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, Handlers } from '../../contract/handlers.ts';
import { pageOf, sendPage } from '../../contract/paging.ts';
import { dateTimeOrNull } from '../date-times.ts';

const MOST_NAMES = 20;

export function directoryHandlers({
  directorySyncs,
  directoryLookups,
}: {
  directorySyncs: DirectorySyncService;
  directoryLookups: DirectoryLookupService;
}): Partial<Handlers> {
  return {
    'api.config.security-provider.directory-sync.index': async (req, res) => {
      const { items, total } = await directorySyncs.list(actorOf(req), req.params.id, pageOf(req.query));
      sendPage(req, res, { items: items.map(toSync), total });
    },
    'api.config.security-provider.directory-sync.start': async (req, res) => {
      const { dry_run: dryRun, allow_mass_disable: massDisableAgreed } = req.body;
      const run = await directorySyncs.start(actorOf(req), req.params.id, {
        dryRun: dryRun ?? false,
        massDisableAgreed: massDisableAgreed ?? false,
      });
      const path = `${String(res.locals.publicUrl)}${String(res.locals.basePath)}/security-provider/${req.params.id}/directory-sync/${run.id}`;
      res.status(202).location(path).json(toSync(run));
    },
    'api.config.security-provider.directory-sync.show': async (req, res) => {
      res.json(toSync(await directorySyncs.show(actorOf(req), req.params.id, req.params.sync_id)));
    },
    'api.config.security-provider.directory-sync.cancel': async (req, res) => {
      res.json(toSync(await directorySyncs.cancel(actorOf(req), req.params.id, req.params.sync_id)));
    },
    'api.config.security-provider.directory-sync.change.index': async (req, res) => {
      const { id, sync_id: syncId } = req.params;
      const filter = { action: req.query.action };
      const { items, total } = await directorySyncs.changes(
        actorOf(req),
        id,
        syncId,
        filter,
        pageOf(req.query),
      );
      sendPage(req, res, { items: items.map(toChange), total });
    },
    'api.config.security-provider.directory-trace': async (req, res) => {
      const { username, distinguished_name: distinguishedName } = req.body;
      if (Boolean(username) === Boolean(distinguishedName)) {
        throw invalidField('username', 'Give either username or distinguished_name.');
      }
      const key = username ? { username } : { distinguishedName: distinguishedName! };
      res.json(toTrace(await directoryLookups.trace(actorOf(req), req.params.id, key)));
    },
    'api.config.security-provider.directory-name.index': async (req, res) => {
      const { search, kind, limit } = req.query;
      const query = { text: search ?? '', kind, limit: limit ?? MOST_NAMES };
      const names = await directoryLookups.names(actorOf(req), req.params.id, query);
      res.json(
        names.map(({ distinguishedName, ...name }) => ({ ...name, distinguished_name: distinguishedName })),
      );
    },
  };
}

function toSync(run: DirectorySync): AnswerOf<'api.config.security-provider.directory-sync.show', 200> {
  return {
    id: run.id,
    security_provider_id: run.securityProviderId,
    state: run.state,
    dry_run: run.dryRun,
    allow_mass_disable: run.massDisableAgreed,
    started_by: run.startedBy,
    people_read: run.peopleRead,
    accounts: run.accounts,
    changes: run.changes,
    changes_applied: run.changesApplied,
    created: run.counts.create ?? 0,
    updated: run.counts.update ?? 0,
    disabled: run.counts.disable ?? 0,
    enabled: run.counts.enable ?? 0,
    conflicts: run.counts.conflict ?? 0,
    failure: run.failure,
    steps: run.steps.map(toStep),
    created_at: dateTime(run.createdAt),
    finished_at: dateTimeOrNull(run.finishedAt),
  };
}

function toChange(
  change: DirectorySyncChange,
): AnswerOf<'api.config.security-provider.directory-sync.change.index', 200>[number] {
  return {
    action: change.action,
    user_id: change.userId,
    username: change.username,
    reason: change.reason,
    before: change.before,
    after: change.after,
    groups_added: change.groupsAdded,
    groups_removed: change.groupsRemoved,
  };
}

function toTrace({
  steps,
  person,
  account,
  policies,
}: TracedPerson): AnswerOf<'api.config.security-provider.directory-trace', 200> {
  return {
    found: person !== undefined,
    steps: steps.map(toStep),
    person:
      person === undefined
        ? null
        : {
            external_id: person.externalId,
            username: person.username,
            display_name: person.displayName ?? '',
            email_address: person.emailAddress ?? '',
            distinguished_name: person.distinguishedName ?? '',
            photo_bytes: person.photo?.length ?? 0,
            disabled: person.disabled,
            disabled_reason: person.disabledReason ?? '',
            groups: [...(person.groups ?? [])],
          },
    account: account ?? null,
    group_policies: policies,
  };
}

function toStep({ advice, ...step }: ProviderStep) {
  return { ...step, ...(advice && { advice }) };
}
