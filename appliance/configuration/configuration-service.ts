import { requireConfiguration } from '../access/configuration-rights.ts';
import type { Actor } from '../actor.ts';
import type { AuditEntry } from '../audit/audit-log.ts';
import { ApplianceError } from '../errors.ts';
import type { ConfigurationRefusal, ConfigurationTree } from './configuration-document.ts';
import {
  type ConfigurationPlan,
  type DraftPlan,
  draftPlan,
  type PlannedChange,
} from './configuration-plan.ts';
import { runChanges } from './configuration-run.ts';
import type {
  AfterCommit,
  ConfigurationSite,
  ConfigurationSites,
  ConfigurationType,
  StoredObject,
  WholeUnitOfWork,
} from './configuration-site.ts';
import { listeningToAudit, takenAlong } from './deletion-consequences.ts';

/** Each one holds a database connection while it waits for its turn. */
const MOST_AT_ONCE = 3;

/** The site as files would describe it. */
export interface ExportedConfiguration {
  /** Kinds of object that follow in full. */
  types: ConfigurationType[];
  /** Kinds that the caller may not see: name to the reason. */
  leftOut: Record<string, string>;
  read(type: ConfigurationType): AsyncIterable<StoredObject>;
}

/** The configuration of the whole site as files: exporting, comparing, applying. */
export class ConfigurationService {
  readonly #whole: WholeUnitOfWork;
  readonly #sites: ConfigurationSites;
  #running = 0;
  #exporting = 0;

  constructor(deps: { whole: WholeUnitOfWork; sites: ConfigurationSites }) {
    this.#whole = deps.whole;
    this.#sites = deps.sites;
  }

  /**
   * Shows the site at one moment to `write`, which takes as long as its reader does. Without names every kind of
   * object. Fails with `invalid` for an unknown kind and with `unavailable` when too many are at it.
   */
  async export(
    actor: Actor,
    names: readonly string[] | undefined,
    write: (exported: ExportedConfiguration) => Promise<void>,
  ): Promise<void> {
    requireConfiguration(actor);
    if (this.#exporting >= MOST_AT_ONCE) throw tooMany();
    this.#exporting += 1;
    try {
      await this.#whole.atOneMoment(async (stores, unitOfWork) => {
        const site = this.#sites.over(actor, { stores, unitOfWork, after: () => {} });
        const types = chosen(site, names);
        const refusals = types.map(({ name }) => [name, site.refusal(name)] as const);
        const leftOut = Object.fromEntries(refusals.filter(([, why]) => why !== undefined)) as Record<
          string,
          string
        >;
        await write({
          types: types.filter(({ name }) => leftOut[name] === undefined),
          leftOut,
          read: (type) => site.read(type.name),
        });
      });
    } finally {
      this.#exporting -= 1;
    }
  }

  /** What applying the files would do, and what it would refuse: found out by doing it and taking it back. */
  async plan(actor: Actor, tree: ConfigurationTree, prune: boolean): Promise<ConfigurationPlan> {
    requireConfiguration(actor);
    return await this.#inTurn(() => this.#rehearse(actor, tree, prune));
  }

  /**
   * Makes the site what the files say: everything or nothing. Fails with `precondition_failed` and the new plan when
   * the changes are no longer those of the fingerprint, and with `invalid` or `forbidden` and `refusals` when a change
   * is refused.
   */
  async apply(
    actor: Actor,
    tree: ConfigurationTree,
    { prune, fingerprint }: { prune: boolean; fingerprint: string },
  ): Promise<ConfigurationPlan> {
    requireConfiguration(actor);
    return await this.#inTurn(async () => {
      const outcome = await this.#change(actor, tree, prune, fingerprint);
      if (outcome === 'overtaken') throw overtaken(await this.#rehearse(actor, tree, prune));
      for (const effect of outcome.effects) await effect();
      return shown(outcome.plan);
    });
  }

  async #change(
    actor: Actor,
    tree: ConfigurationTree,
    prune: boolean,
    fingerprint: string,
  ): Promise<'overtaken' | { plan: DraftPlan; effects: AfterCommit[] }> {
    return await this.#whole.exclusively(async (stores, unitOfWork) => {
      const effects: AfterCommit[] = [];
      const site = this.#sites.over(actor, { stores, unitOfWork, after: (effect) => effects.push(effect) });
      const plan = await draftPlan(site, tree, prune);
      if (plan.refusals.length > 0) throw refusedBecause(plan.refusals);
      if (plan.fingerprint !== fingerprint) return 'overtaken';
      await runChanges(site, plan.changes, (change, error) => {
        throw refusedBecause(refusalsOf(change, error), error);
      });
      if (plan.changes.length > 0) {
        await stores.auditLog.record({
          type: 'configuration.applied',
          actor,
          object: { type: 'configuration', id: '' },
          after: { fingerprint, prune, ...plan.totals },
        });
      }
      return { plan, effects };
    });
  }

  async #rehearse(actor: Actor, tree: ConfigurationTree, prune: boolean): Promise<ConfigurationPlan> {
    try {
      await this.#whole.exclusively(async (stores, inner) => {
        let heard: AuditEntry[] = [];
        const unitOfWork = listeningToAudit(inner, (entry) => heard.push(entry));
        const site = this.#sites.over(actor, { stores, unitOfWork, after: () => {} });
        const plan = await draftPlan(site, tree, prune);
        const refused = (change: PlannedChange, error: ApplianceError) => {
          plan.refusals.push(...refusalsOf(change, error));
        };
        await runChanges(site, plan.changes, refused, (change) => {
          const also = takenAlong(heard.filter(({ type }) => type.endsWith('.deleted')));
          if (also !== undefined) change.also = also;
          heard = [];
        });
        throw new Rehearsed(plan);
      });
    } catch (error) {
      if (error instanceof Rehearsed) return shown(error.plan);
      throw error;
    }
    throw new Error('a rehearsal was kept');
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= MOST_AT_ONCE) throw tooMany();
    this.#running += 1;
    try {
      return await work();
    } finally {
      this.#running -= 1;
    }
  }
}

/** Thrown to take everything back. */
class Rehearsed extends Error {
  readonly plan: DraftPlan;

  constructor(plan: DraftPlan) {
    super('rehearsed');
    this.plan = plan;
  }
}

function chosen(site: ConfigurationSite, names: readonly string[] | undefined): ConfigurationType[] {
  const unknown = names?.find((name) => site.types.every((type) => type.name !== name));
  if (unknown !== undefined) {
    const message = `There are no objects called ${unknown}. Known are: ${site.types.map(({ name }) => name).join(', ')}.`;
    throw new ApplianceError('invalid', message, { fields: { type: [message] } });
  }
  return site.types.filter(({ name }) => names === undefined || names.includes(name));
}

function refusalsOf({ type, key, source }: PlannedChange, error: ApplianceError): ConfigurationRefusal[] {
  const named = Object.entries(error.fields ?? {});
  if (named.length === 0) return [{ type, key, source, field: '', message: error.message }];
  return named.map(([field, sentences]) => ({ type, key, source, field, message: sentences.join(' ') }));
}

/** Whoever lacks a right is told so, and the attempt is audited like every other. */
function refusedBecause(refusals: ConfigurationRefusal[], cause?: ApplianceError): ApplianceError {
  const { type, key, source, field, message } = refusals[0]!;
  const where = [source, [type, key].filter((word) => word !== '').join('/'), field].filter(
    (word) => word !== '',
  );
  const code = cause?.code === 'forbidden' ? 'forbidden' : 'invalid';
  return new ApplianceError(code, `Nothing was changed. ${where.join(', ')}: ${message}`, {
    facts: { refusals },
    cause,
  });
}

function overtaken(plan: ConfigurationPlan): ApplianceError {
  return new ApplianceError(
    'precondition_failed',
    'The changes are no longer those of this fingerprint. Nothing was changed. Look at the new plan.',
    { facts: { plan } },
  );
}

/** Plans leave the process without the values that they set. */
function shown(plan: DraftPlan): ConfigurationPlan {
  return { ...plan, changes: plan.changes.map(({ wanted: _, ...change }) => change) };
}

function tooMany(): ApplianceError {
  return new ApplianceError(
    'unavailable',
    'The configuration is being exported, planned or applied too often at the same time. Try again in a moment.',
  );
}
