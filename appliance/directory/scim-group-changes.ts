import { isObject, readDocument, type ScimDocument } from './scim-document.ts';
import { parseScimPath, type ScimFilter } from './scim-filter.ts';
import type { ScimPatchOperation } from './scim-patch.ts';
import { findTarget } from './scim-path.ts';
import { scimProblem } from './scim-problem.ts';

/** What happens to the members of a group, in the order given; ids of users on the wire. */
export type ScimMemberStep =
  | { kind: 'add' | 'remove' | 'replace'; ids: readonly string[] }
  | { kind: 'clear' };

export interface ScimGroupChange {
  displayName?: string | undefined;
  /** Null takes it away. */
  externalId?: string | null | undefined;
  members: readonly ScimMemberStep[];
}

const ONLY_MEMBERS = 'Of a group, displayName, externalId and members can be changed.';

/** A whole group as POST and PUT send it. Members that are not mentioned are left as they are. */
export function groupChangeOf(body: unknown): ScimGroupChange {
  const { displayName, externalId, members } = readDocument('Group', body);
  if (typeof displayName !== 'string') throw scimProblem('invalidValue', 'displayName is needed.');
  const emptied = isObject(body) && Object.keys(body).some((name) => name.toLowerCase() === 'members');
  const steps: ScimMemberStep[] =
    members === undefined && !emptied ? [] : [{ kind: 'replace', ids: idsOf(members) }];
  return { displayName, externalId: (externalId as string | undefined) ?? null, members: steps };
}

/**
 * What a PATCH asks of a group. The members are named, never looked at, so that one person more costs the same in a
 * group of fifty thousand. Fails with `invalid`.
 */
export function groupChangeByPatch(operations: readonly ScimPatchOperation[]): ScimGroupChange {
  const change: ScimGroupChange & { members: ScimMemberStep[] } = { members: [] };
  for (const operation of operations) {
    const { op, path, value } = operation;
    if (path !== undefined && path !== '') {
      apply(change, op, path, value);
      continue;
    }
    if (op === 'remove') throw scimProblem('noTarget', 'A remove needs a path.');
    if (!isObject(value)) {
      throw scimProblem(
        'invalidValue',
        `Without a path the value of ${op} should be an object of attributes.`,
      );
    }
    for (const [name, one] of Object.entries(value)) {
      // Read-only and unknown names are left out, as on creation: some directories send the id along.
      const target = findTarget('Group', parseScimPath(name).path);
      if (target !== undefined && target.attribute.mutability !== 'readOnly') {
        apply(change, one === null ? 'remove' : op, name, one ?? undefined);
      }
    }
  }
  return change;
}

function apply(
  change: ScimGroupChange & { members: ScimMemberStep[] },
  op: ScimPatchOperation['op'],
  text: string,
  value: unknown,
): void {
  const { path, filter, subAttribute } = parseScimPath(text);
  const target = findTarget('Group', path);
  if (target === undefined) throw scimProblem('invalidPath', `A Group has no ${text}. ${ONLY_MEMBERS}`);
  const { name, mutability } = target.attribute;
  if (mutability === 'readOnly')
    throw scimProblem('mutability', `${text} cannot be changed. ${ONLY_MEMBERS}`);
  if (name === 'schemas') return;
  if (name === 'members') {
    if (target.subAttribute !== undefined || subAttribute !== undefined) {
      throw scimProblem(
        'mutability',
        'Members are added and removed whole: the parts of one cannot be changed.',
      );
    }
    change.members.push(...memberSteps(op, filter, value, text));
    return;
  }
  if (filter !== undefined)
    throw scimProblem('invalidPath', `${name} has one value: nothing to choose from.`);
  if (op === 'remove' && name === 'displayName') {
    throw scimProblem('mutability', 'displayName is needed and cannot be removed.');
  }
  const read = op === 'remove' ? null : (readDocument('Group', { [name]: value })[name] ?? null);
  if (name === 'externalId') change.externalId = read as string | null;
  else if (read === null) throw scimProblem('invalidValue', 'displayName is needed.');
  else change.displayName = read as string;
}

function memberSteps(
  op: ScimPatchOperation['op'],
  filter: ScimFilter | undefined,
  value: unknown,
  path: string,
): ScimMemberStep[] {
  if (op === 'remove') {
    if (filter !== undefined) return [{ kind: 'remove', ids: idsChosen(filter, path) }];
    // The members beside the path are meant; without any, all of them are.
    return value === undefined || value === null
      ? [{ kind: 'clear' }]
      : [{ kind: 'remove', ids: givenIds(value) }];
  }
  if (filter !== undefined) {
    if (op === 'add') return [{ kind: 'add', ids: idsChosen(filter, path) }];
    return [
      { kind: 'remove', ids: idsChosen(filter, path) },
      { kind: 'add', ids: givenIds(value) },
    ];
  }
  return [{ kind: op, ids: givenIds(value) }];
}

/** `members[value eq "…"]`, perhaps several joined by `or`. */
function idsChosen(filter: ScimFilter, path: string): string[] {
  if (filter.op === 'or') return filter.filters.flatMap((one) => idsChosen(one, path));
  if (filter.op === 'eq' && filter.path.toLowerCase() === 'value') return [String(filter.value)];
  throw scimProblem(
    'invalidPath',
    `Members are chosen by their id, as in members[value eq "…"]; ${path} is not.`,
  );
}

function givenIds(value: unknown): string[] {
  return idsOf(readDocument('Group', { members: value }).members);
}

function idsOf(members: unknown): string[] {
  const entries = (members ?? []) as ScimDocument[];
  const nested = entries.find(({ type }) => typeof type === 'string' && type.toLowerCase() === 'group');
  if (nested !== undefined) throw nestedGroup(String(nested.value));
  return entries.map(({ value }) => String(value).toLowerCase());
}

/** Said of members that are groups themselves. */
export function nestedGroup(id: string) {
  return scimProblem(
    'invalidValue',
    `The member ${id} is a group. Groups within groups are not kept: provision their people as members.`,
  );
}
