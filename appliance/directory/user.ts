import type { NetworkRestriction } from '../access/network-restriction.ts';
import type { SecondFactorSummary } from '../access/second-factor.ts';
import type { UserSettingValues } from '../access/user-settings.ts';
import type { Page, PageRequest } from '../paging.ts';
import type { Revised } from '../revision.ts';
import type { UserName, UserNameQuery } from './user-name.ts';

/** Own values of a person, without the right to administer. */
export type OwnUserSettings = Partial<Omit<UserSettingValues, 'perm_admin'>>;

/** A person who signs in: representative, administrator or both. */
export interface User extends Revised {
  id: number;
  securityProviderId: number;
  username: string;
  publicDisplayName: string;
  privateDisplayName: string;
  emailAddress: string;
  enabled: boolean;
  administrator: boolean;
  /** Own values of the settings catalogue; what is missing is not set. `administrator` stands apart. */
  settings: OwnUserSettings;
  /** Failed sign-ins in a row. */
  failedLogins: number;
  mustChangePassword: boolean;
  /** From then on the password has to be changed; null for never. */
  passwordExpiration: Date | null;
  /** A locale such as `en-us`. */
  preferredEmailLanguage: string;
  /** Place in the public list of representatives; null for the place by id. */
  displayNumber: number | null;
  lastAuthentication: Date | null;
  createdAt: Date;
}

export type UserSettings = Omit<
  User,
  'id' | 'revision' | 'securityProviderId' | 'failedLogins' | 'lastAuthentication' | 'createdAt'
>;

/** A person with what holds after every group policy has had its say. */
export interface ShownUser extends User {
  effective: UserSettingValues;
  factors: SecondFactorSummary;
}

export type UserNames = 'username' | 'publicDisplayName' | 'privateDisplayName';

/** What a new user gets when nothing else is said. */
export const NEW_USER_SETTINGS: Omit<UserSettings, UserNames> = {
  emailAddress: '',
  enabled: true,
  administrator: false,
  settings: {},
  mustChangePassword: false,
  passwordExpiration: null,
  preferredEmailLanguage: 'en-us',
  displayNumber: null,
};

/** Text is compared whole, ignoring case, but for the search. */
export interface UserFilter {
  /** Part of a name or e-mail address. */
  search?: string | undefined;
  securityProviderId?: number | undefined;
  username?: string | undefined;
  emailAddress?: string | undefined;
}

/** Writes fail with `conflict` for a taken user name and `invalid` for an unknown role. */
export interface Users {
  /** In the order of creation. */
  find(filter: UserFilter, page: PageRequest): Promise<Page<User>>;
  /** Names alone, the nearest first. */
  names(query: UserNameQuery): Promise<UserName[]>;
  findById(id: number): Promise<User | undefined>;
  /** The same, held until the transaction ends. */
  lockById(id: number): Promise<User | undefined>;
  /** Those of the ids that there are. */
  existing(ids: readonly number[]): Promise<number[]>;
  /** A local user. */
  insert(user: UserSettings, passwordHash: string): Promise<User>;
  /** Raises the revision by one and answers it. */
  update(user: User): Promise<number>;
  /** Forgets wrong passwords and lifts the lockout they led to. */
  unlock(id: number): Promise<void>;
  /** Forgets wrong codes of the authenticator app and lifts the lockout they led to. */
  unlockSecondFactor(id: number): Promise<void>;
  /** The person's own network restriction; undefined: that of the site holds. */
  networkRestrictionOf(id: number): Promise<NetworkRestriction | undefined>;
  restrictNetworks(id: number, restriction: NetworkRestriction | undefined): Promise<void>;
  /** Deletes memberships, sign-ins and personal Jump Items too and tells how many of these there were. */
  delete(id: number): Promise<number>;
  /** Ids of the enabled local administrators, held until the transaction ends. */
  lockEnabledAdministrators(): Promise<number[]>;
}
