import type { VaultAccountType } from './vault-account.ts';
import type { TargetName } from './vault-association.ts';

/** An account as choosers show it. */
export interface InjectableAccount {
  id: number;
  name: string;
  type: VaultAccountType;
  username: string;
  /** Empty for a personal account. */
  groupName: string;
  /** Somebody meant it for this target in particular, not just for any. */
  associated: boolean;
}

/** Types whose secret a session of that kind can use; kinds that are not named take a login name and a password. */
const INJECTABLE_TYPES: Readonly<Record<string, readonly VaultAccountType[]>> = {
  shell_jump: ['username_password', 'ssh', 'ssh_ca'],
};

export function injectableTypes(jumpItemKind: string): readonly VaultAccountType[] {
  return INJECTABLE_TYPES[jumpItemKind] ?? ['username_password'];
}

/** Who may have which account injected where: the role and the association together. */
export interface VaultInjectables {
  /** Those meant for the target first, then by name. `search`: part of the name or the login name. */
  find(
    userId: number,
    target: TargetName,
    options: { types: readonly VaultAccountType[]; search: string; limit: number },
  ): Promise<InjectableAccount[]>;
  /** Undefined when there is no such account, or it is not for this person or this target. */
  findOne(
    userId: number,
    target: TargetName,
    id: number,
    types: readonly VaultAccountType[],
  ): Promise<InjectableAccount | undefined>;
}
