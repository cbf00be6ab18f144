import type { ContractType, References } from './contract-type.ts';
import { USER } from './jump-types.ts';

const TEAMS_OFFERED: References = { team_ids: { type: 'teams', as: 'teams' } };

export const TEAMS: ContractType = {
  name: 'teams',
  noun: 'team',
  key: 'code_name',
  operations: {
    index: 'api.config.team.index',
    show: 'api.config.team.show',
    store: 'api.config.team.store',
    update: 'api.config.team.update',
    destroy: 'api.config.team.destroy',
  },
  references: {
    public_portal_ids: { type: 'public-portals', as: 'public_portals', words: ['all'] },
  },
  collections: {
    members: {
      index: 'api.config.team.user.index',
      store: 'api.config.team.user.store',
      update: 'api.config.team.user.update',
      destroy: 'api.config.team.user.destroy',
      key: 'user_id',
      references: USER,
      omit: ['team_id'],
    },
  },
};

export const REPRESENTATIVE_STATUSES: ContractType = {
  name: 'representative-statuses',
  noun: 'representative status',
  key: 'code_name',
  operations: {
    index: 'api.config.rep-status.index',
    show: 'api.config.rep-status.show',
    store: 'api.config.rep-status.store',
    update: 'api.config.rep-status.update',
    destroy: 'api.config.rep-status.destroy',
  },
  // Those that every site has. Their code names cannot be changed.
  fixed: ({ code_name: codeName }) => codeName === 'available' || codeName === 'away' || codeName === 'busy',
};

export const SKILLS: ContractType = {
  name: 'skills',
  noun: 'skill',
  key: 'code_name',
  operations: {
    index: 'api.config.skill.index',
    show: 'api.config.skill.show',
    store: 'api.config.skill.store',
    update: 'api.config.skill.update',
    destroy: 'api.config.skill.destroy',
  },
  collections: {
    members: {
      index: 'api.config.skill.user.index',
      store: 'api.config.skill.user.store',
      destroy: 'api.config.skill.user.destroy',
      key: 'user_id',
      references: USER,
      omit: ['skill_id'],
    },
  },
};

export const ISSUES: ContractType = {
  name: 'issues',
  noun: 'issue',
  key: 'code_name',
  operations: {
    index: 'api.config.issue.index',
    show: 'api.config.issue.show',
    store: 'api.config.issue.store',
    update: 'api.config.issue.update',
    destroy: 'api.config.issue.destroy',
  },
  references: { ...TEAMS_OFFERED, skill_ids: { type: 'skills', as: 'skills' } },
};

export const CANNED_SCRIPTS: ContractType = {
  name: 'canned-scripts',
  noun: 'canned script',
  key: 'code_name',
  operations: {
    index: 'api.config.canned-script.index',
    show: 'api.config.canned-script.show',
    store: 'api.config.canned-script.store',
    update: 'api.config.canned-script.update',
    destroy: 'api.config.canned-script.destroy',
  },
  references: TEAMS_OFFERED,
};

export const CANNED_MESSAGES: ContractType = {
  name: 'canned-messages',
  noun: 'canned message',
  key: 'code_name',
  operations: {
    index: 'api.config.canned-message.index',
    show: 'api.config.canned-message.show',
    store: 'api.config.canned-message.store',
    update: 'api.config.canned-message.update',
    destroy: 'api.config.canned-message.destroy',
  },
  references: TEAMS_OFFERED,
};

export const CUSTOM_LINKS: ContractType = {
  name: 'custom-links',
  noun: 'custom link',
  key: 'code_name',
  operations: {
    index: 'api.config.custom-rep-link.index',
    show: 'api.config.custom-rep-link.show',
    store: 'api.config.custom-rep-link.store',
    update: 'api.config.custom-rep-link.update',
    destroy: 'api.config.custom-rep-link.destroy',
  },
};
