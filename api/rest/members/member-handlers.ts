import type {
  ListedMember,
  MemberListService,
  MembershipKind,
} from '../../../appliance/access/member-list-service.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, Handlers } from '../../contract/handlers.ts';
import { pageOf, sendPage } from '../../contract/paging.ts';
import { toSource } from '../access/access-wire.ts';

export function memberHandlers({ members }: { members: MemberListService }): Partial<Handlers> {
  const list =
    (kind: MembershipKind): NonNullable<Handlers['api.config.team.member.index']> =>
    async (req, res) => {
      const { search } = req.query;
      const page = await members.list(actorOf(req), kind, req.params.id, { search }, pageOf(req.query));
      sendPage(req, res, { items: page.items.map(toMember), total: page.total });
    };
  return {
    'api.config.jump-group.member.index': list('jump_group'),
    'api.config.team.member.index': list('team'),
    'api.config.jumpoint.member.index': list('jumpoint'),
  };
}

type MemberAnswer = AnswerOf<'api.config.team.member.index', 200>[number];

function toMember({ user, ...listed }: ListedMember): MemberAnswer {
  const { role } = listed;
  return {
    user_id: user.userId,
    username: user.username,
    public_display_name: user.publicDisplayName,
    private_display_name: user.privateDisplayName,
    enabled: user.enabled,
    member: listed.member,
    direct: listed.direct,
    because: listed.because,
    jump_item_role: typeof role === 'string' ? null : role,
    team_role: typeof role === 'string' ? (role as MemberAnswer['team_role']) : null,
    role_source: listed.roleSource === undefined ? null : toSource(listed.roleSource),
    statements: listed.statements.map(({ source, value, passedOver }) => ({
      source: toSource(source),
      action: value.action,
      holds: passedOver === undefined,
    })),
  };
}
