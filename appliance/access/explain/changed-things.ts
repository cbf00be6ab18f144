import { invalidField } from '../../errors.ts';
import type { Stores } from '../../stores.ts';
import type { ProposedChange } from './proposed-change.ts';

type Read = Pick<Stores, 'users' | 'jumpGroups' | 'teams' | 'jumpoints' | 'accessTargets'>;

/**
 * Fails with `invalid` naming `what_if.N` when a change is about a person, Jump Group, team, Jumpoint or Jump Item that
 * is not there. The rest is looked up when the changes are laid over the configuration.
 */
export async function requireChangedThings(stores: Read, changes: readonly ProposedChange[]): Promise<void> {
  await Promise.all(changes.map((change, index) => requireThings(stores, change, `what_if.${index}`)));
}

async function requireThings(stores: Read, change: ProposedChange, field: string): Promise<void> {
  const require = (found: unknown, what: string) => {
    if (found === undefined) throw invalidField(field, `There is no such ${what}.`);
  };
  switch (change.change) {
    case 'user':
      return require(await stores.users.findById(change.userId), 'user');
    case 'membership': {
      require(await stores.users.findById(change.userId), 'user');
      if (change.of === 'jump_group')
        return require(await stores.jumpGroups.findById(change.id), 'Jump Group');
      if (change.of === 'team') return require(await stores.teams.findById(change.id), 'team');
      return require(await stores.jumpoints.findById(change.id), 'Jumpoint');
    }
    case 'jump_item': {
      require(await stores.accessTargets.findById(change.jumpItemId), 'Jump Item');
      if (change.jumpGroup?.type === 'shared')
        require(await stores.jumpGroups.findById(change.jumpGroup.id), 'Jump Group');
      if (change.jumpGroup?.type === 'personal')
        require(await stores.users.findById(change.jumpGroup.id), 'user');
      return;
    }
    default:
      return;
  }
}
