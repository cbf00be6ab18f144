import { describe, expect, it } from 'vitest';
import { ContractDocument } from '../../../api/contract/contract-document.ts';
import type { OperationId } from '../../../api/contract/handlers.ts';
import { InnerOperations } from '../../../api/contract/inner-calls.ts';
import { CONFIGURATION_TYPES } from '../../../api/rest/configuration/configuration-types.ts';
import { TypeFields } from '../../../api/rest/configuration/type-fields.ts';

const document = ContractDocument.ofThisVersion();
const operations = new InnerOperations(document);

/** What is created by operations of the configuration and is not in the files, and why. */
const LEFT_OUT = [
  // Programs enrol themselves with their keys; no file makes one.
  /^ecm-host/,
  /^jump-item\b/, // imported and exported as CSV
  /^jump-client\b/, // enrol themselves
  /^jumpoint\.enrolment-token$/, // live for a day
  /^endpoint-automation\b/, // jobs that run once
  /^vault\.account(-group)?\.jump-item-association\b/, // a part of its account or group
  /^vault\.account-group\.account$/, // the group is a field of the account
  /^access\./, // questions
  /^launch-token$/, // live for minutes
  /^configuration\./,
  // Of one person, beside their account.
  /^user\.sign-in$/,
];

/** What other systems call something: names as far as files are concerned. */
const FOREIGN = new Set([
  'unique_id',
  'sp_entity_id',
  'entity_id',
  'case_insensitive_name_ids',
  'client_id',
  'scim_user_query_id',
  'scim_group_query_id',
  'external_jump_item_network_id',
]);

describe('files describe', () => {
  it('every kind of object that the configuration API creates or changes', () => {
    const known = new Set(
      CONFIGURATION_TYPES.flatMap((type) => [
        ...Object.values(type.operations),
        ...Object.values(type.parts ?? {}).map(({ update }) => update),
        ...Object.values(type.collections ?? {}).map(({ store }) => store),
      ]) as string[],
    );
    const forgotten = document.operations
      .filter(({ access }) => access.startsWith('configuration'))
      .map(({ operationId }) => operationId)
      .filter((id) => /\.(store|update)$/.test(id) && !known.has(id))
      .map((id) => id.replace('api.config.', ''))
      .filter((id) => !LEFT_OUT.some((pattern) => pattern.test(id.replace(/\.(store|update)$/, ''))))
      // Changing an entry is a matter of its list.
      .filter((id) => !known.has(`api.config.${id.replace(/\.update$/, '.store')}`));
    expect(forgotten).toEqual([]);
  });

  it('each of them by fields that requests and answers share, its name first', () => {
    for (const type of CONFIGURATION_TYPES) {
      const fields = new TypeFields(type, operations);
      if (type.key !== undefined) expect(fields.own[0], type.name).toBe(type.key);
      expect(fields.names().length, type.name).toBeGreaterThan(0);
      const ids = fields.names().filter((name) => /(^|_)ids?$/.test(name) && !FOREIGN.has(name));
      expect(ids, type.name).toEqual([]);
    }
  });

  it('no references to kinds that come later, but those that wait', () => {
    const place = new Map(CONFIGURATION_TYPES.map(({ name }, index) => [name, index]));
    const backwards = CONFIGURATION_TYPES.flatMap((type) =>
      [
        ...Object.values(type.references ?? {}),
        ...Object.values(type.parts ?? {}).flatMap((part) => Object.values(part.references ?? {})),
        ...Object.values(type.collections ?? {}).flatMap((list) => Object.values(list.references)),
      ]
        .filter((reference) => place.get(reference.type)! >= place.get(type.name)!)
        .map((reference) => `${type.name}.${reference.as}`),
    );
    expect(backwards).toEqual([
      'security-providers.external_lookup',
      'security-providers.sign_in_provider',
      'security-providers.default_policy',
    ]);
  });

  it('with operations that the contract has', () => {
    for (const { operations: own } of CONFIGURATION_TYPES) {
      for (const id of Object.values(own) as OperationId[]) expect(operations.operation(id)).toBeDefined();
    }
  });
});
