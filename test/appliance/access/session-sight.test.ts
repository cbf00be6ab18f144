import { describe, expect, it } from 'vitest';
import type { AccessFacts, TeamCandidates } from '../../../appliance/access/access-facts.ts';
import type { UserSettingValues } from '../../../appliance/access/user-settings.ts';
import type { UserActor } from '../../../appliance/actor.ts';
import { type SeenSession, seesSession, sightOf } from '../../../appliance/sessions/session-sight.ts';
import { adds, factsOf, removes } from '../../support/access-facts.ts';

const ME = 7;
const [MATE, FORMER_MATE, STRANGER] = [8, 9, 10] as const;
const [MY_GROUP, OTHER_GROUP] = [5, 6] as const;
const TEAM = 40;

const actor: UserActor = {
  kind: 'user',
  userId: ME,
  username: 'jo',
  displayName: 'Jo',
  administrator: false,
  rights: new Set(),
  credentialId: 'c',
  address: '',
};
const candidates: TeamCandidates = {
  people: [
    { userId: ME, direct: [{ id: TEAM, role: 'member' }], policyIds: [] },
    { userId: MATE, direct: [], policyIds: [1] },
    { userId: FORMER_MATE, direct: [{ id: TEAM, role: 'member' }], policyIds: [2] },
  ],
  policies: [
    { id: 1, name: 'In', addFinal: false, removeFinal: false, entries: [adds(TEAM, 'member')] },
    { id: 2, name: 'Out', addFinal: false, removeFinal: false, entries: [removes(TEAM)] },
  ],
};

async function sight(settings: Partial<UserSettingValues>) {
  const facts: AccessFacts = factsOf({
    settings,
    jumpGroups: [{ id: MY_GROUP, role: null }],
    teams: [{ id: TEAM, role: 'member' }],
  });
  return await sightOf(actor, {
    accessFacts: { find: async () => facts },
    teamCandidates: {
      candidatesOfTeams: async (ids) => (ids.includes(TEAM) ? candidates : { people: [], policies: [] }),
    },
  });
}

function session(userId: number, change: Partial<SeenSession> = {}): SeenSession {
  return { userId, state: 'ended', jumpGroupId: OTHER_GROUP, jumpGroupType: 'shared', ...change };
}

const SESSIONS = {
  'my running one': session(ME, { state: 'active' }),
  'my ended one': session(ME),
  'a team mate’s': session(MATE),
  'a former team mate’s': session(FORMER_MATE),
  'a stranger’s in my Jump Group': session(STRANGER, { jumpGroupId: MY_GROUP }),
  'a stranger’s in another Jump Group': session(STRANGER),
  'a stranger’s personal one': session(STRANGER, { jumpGroupId: MY_GROUP, jumpGroupType: 'personal' }),
};

describe('perm_view_support_reports', () => {
  const mine = ['my running one', 'my ended one'];
  it.each<[UserSettingValues['perm_view_support_reports'], string[]]>([
    ['not_allowed', ['my running one']],
    ['user_sessions', mine],
    ['team_sessions', [...mine, 'a team mate’s']],
    ['jump_group_sessions', [...mine, 'a stranger’s in my Jump Group']],
    ['all_sessions', Object.keys(SESSIONS)],
  ])('%s shows %j', async (allowed, expected) => {
    const seen = await sight({ perm_view_support_reports: allowed });
    const found = Object.entries(SESSIONS).filter(([, one]) => seesSession(seen, one));
    expect(found.map(([name]) => name)).toEqual(expected);
  });

  it('hides nothing from administrators and from those who come with a permission of their own', async () => {
    expect(await sight({ perm_admin: true })).toBe('everything');
    const stores = { accessFacts: { find: async () => undefined }, teamCandidates: {} as never };
    expect(await sightOf({ kind: 'system', name: 'x' }, stores)).toBe('everything');
    expect(await sightOf(actor, stores)).toEqual({
      userId: ME,
      ownEnded: false,
      ofUsers: [],
      ofJumpGroups: [],
    });
  });
});
