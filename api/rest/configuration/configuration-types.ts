import {
  GLOBAL_SESSION_POLICY,
  PUBLIC_PORTALS,
  SECURITY_PROVIDERS,
  SESSION_POLICIES,
} from './access-types.ts';
import type { ContractType } from './contract-type.ts';
import { JUMP_GROUPS, JUMP_ITEM_ROLES, JUMP_POLICIES, JUMPOINTS } from './jump-types.ts';
import { API_ACCOUNTS, CUSTOM_SESSION_ATTRIBUTES, SITE_SETTINGS } from './site-types.ts';
import {
  CANNED_MESSAGES,
  CANNED_SCRIPTS,
  CUSTOM_LINKS,
  ISSUES,
  REPRESENTATIVE_STATUSES,
  SKILLS,
  TEAMS,
} from './support-types.ts';
import { GROUP_POLICIES, GROUP_POLICY_ORDER, USERS } from './user-types.ts';

/** What files describe, in the order in which it is created: what is referred to comes first. */
export const CONFIGURATION_TYPES: readonly ContractType[] = [
  SITE_SETTINGS,
  CUSTOM_SESSION_ATTRIBUTES,
  GLOBAL_SESSION_POLICY,
  SESSION_POLICIES,
  PUBLIC_PORTALS,
  SECURITY_PROVIDERS,
  JUMP_ITEM_ROLES,
  JUMP_POLICIES,
  USERS,
  API_ACCOUNTS,
  JUMPOINTS,
  JUMP_GROUPS,
  TEAMS,
  REPRESENTATIVE_STATUSES,
  SKILLS,
  ISSUES,
  CANNED_SCRIPTS,
  CANNED_MESSAGES,
  CUSTOM_LINKS,
  GROUP_POLICIES,
  GROUP_POLICY_ORDER,
];
