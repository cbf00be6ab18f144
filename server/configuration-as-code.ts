import type { ContractDocument } from '../api/contract/contract-document.ts';
import { InnerOperations } from '../api/contract/inner-calls.ts';
import { CONFIGURATION_TYPES } from '../api/rest/configuration/configuration-types.ts';
import { ContractSite } from '../api/rest/configuration/contract-site.ts';
import type { CredentialEvents } from '../appliance/access/credential-events.ts';
import type { PasswordHasher } from '../appliance/access/password-hasher.ts';
import { ConfigurationService } from '../appliance/configuration/configuration-service.ts';
import type { AfterCommit } from '../appliance/configuration/configuration-site.ts';
import type { JumpointHints } from '../appliance/jump/jumpoint-service.ts';
import { randomToken } from '../appliance/secrets.ts';
import { PgWholeUnitOfWork } from '../schema/configuration/pg-whole-unit-of-work.ts';
import type { SqlPool } from '../schema/sql.ts';
import {
  type ConfigurationDeps,
  type ConfigurationEdge,
  configurationHandlers,
  configurationServices,
} from './configuration-services.ts';

/**
 * Configuration as code over the very services that serve each operation: for a plan and for applying one they are
 * built again over its transaction, and what they tell live connections is told after the commit.
 */
export async function configurationAsCode(deps: {
  sql: SqlPool;
  contract: ContractDocument;
  /** What the services of the server stand on. */
  ground: ConfigurationDeps;
  edge: ConfigurationEdge;
}): Promise<ConfigurationService> {
  const { ground, edge } = deps;
  const operations = new InnerOperations(deps.contract);
  const passwords = new NoPasswords(await ground.passwords.hash(randomToken()));
  return new ConfigurationService({
    whole: new PgWholeUnitOfWork(deps.sql),
    sites: {
      over(actor, { stores, unitOfWork, after }) {
        if (actor.kind === 'system') throw new Error('a person or an API account applies a configuration');
        const services = configurationServices({
          ...ground,
          stores,
          unitOfWork,
          credentialEvents: eventsAfterwards(ground.credentialEvents, after),
          jumpointHints: hintsAfterwards(ground.jumpointHints, after),
          passwords,
          afterSettingsChange: async () => after(() => ground.afterSettingsChange()),
        });
        const handlers = configurationHandlers(services, edge);
        return new ContractSite({ types: CONFIGURATION_TYPES, operations, handlers, stores, actor });
      },
    },
  });
}

/** Each event once, however many changes have caused it. */
function eventsAfterwards(events: CredentialEvents, after: (effect: AfterCommit) => void): CredentialEvents {
  const told = new Set<string>();
  return {
    publish(event) {
      const text = JSON.stringify(event);
      if (told.has(text)) return;
      told.add(text);
      after(() => events.publish(event));
    },
    subscribe: (listener) => events.subscribe(listener),
  };
}

function hintsAfterwards(hints: JumpointHints, after: (effect: AfterCommit) => void): JumpointHints {
  return {
    jumpointChanged: (id) => after(() => hints.jumpointChanged(id)),
    nodeChanged: (id) => after(() => hints.nodeChanged(id)),
  };
}

/**
 * People who come out of a file get a password that nobody knows. One is hashed at the start of the process: hashing
 * takes long on purpose, which a transaction cannot.
 */
class NoPasswords implements PasswordHasher {
  readonly #hash: string;

  constructor(hash: string) {
    this.#hash = hash;
  }

  async hash(): Promise<string> {
    return this.#hash;
  }

  async verify(): Promise<boolean> {
    return false;
  }
}
