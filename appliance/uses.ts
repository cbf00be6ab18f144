import { ApplianceError } from './errors.ts';

/** Objects of one kind that refer to another one. */
export interface Use {
  /** As audit rows call the kind, e.g. `jump_item`. */
  type: string;
  total: number;
  /** Names of some of them, at most five. */
  names: string[];
}

const NOUNS: Record<string, readonly [one: string, many: string]> = {
  user: ['user', 'users'],
  group_policy: ['group policy', 'group policies'],
  group_policy_member: ['member of a group policy', 'members of group policies'],
  group_policy_jump_group: ['Jump Group of a group policy', 'Jump Groups of group policies'],
  jump_group_user: ['member of a Jump Group', 'members of Jump Groups'],
  jump_item: ['Jump Item', 'Jump Items'],
  jump_client_installer: ['Jump Client installer', 'Jump Client installers'],
  public_portal: ['public portal', 'public portals'],
  team: ['team', 'teams'],
  security_provider: ['security provider', 'security providers'],
};

/**
 * Fails with `invalid` when there is a use: what stands in the way is in the message and, for programs, under `uses`.
 * `field` is the field of the request that cannot have its value because of them.
 */
export function refuseWhileUsed(what: string, uses: readonly Use[], field?: string): void {
  const there = uses.filter(({ total }) => total > 0);
  if (there.length === 0) return;
  const sentence = `${what} is used by ${there.map(useText).join(' and ')}.`;
  throw new ApplianceError('invalid', sentence, {
    facts: { uses: there },
    ...(field !== undefined && { fields: { [field]: [sentence] } }),
  });
}

function useText({ type, total, names }: Use): string {
  const [one, many] = NOUNS[type] ?? [type, type];
  const count = total === 1 ? `one ${one}` : `${total} ${many}`;
  if (names.length === 0) return count;
  return `${count} (${names.join(', ')}${total > names.length ? ', …' : ''})`;
}
