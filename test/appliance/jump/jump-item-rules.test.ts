import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVERY_JUMP_ITEM_KIND, type JumpItem, type JumpItemKind } from '../../../appliance/jump/jump-item.ts';
import { canSee, permissionsForChange } from '../../../appliance/jump/jump-item-access.ts';
import { KINDS } from '../../../appliance/jump/jump-item-kinds.ts';
import { changedJumpItem, type JumpItemInput, newJumpItem } from '../../../appliance/jump/jump-item-rules.ts';

const REQUIRED: Record<string, string | number> = {
  hostname: 'host.example.com',
  jumpoint_id: 1,
  protocol: 'ssh',
  url: 'https://example.com',
  filter_rules: '[{"ip_addresses":{"cidr":"10.0.0.0/8"}}]',
};

function anItem(kind: JumpItemKind, fields: JumpItemInput['fields'] = {}): JumpItem {
  const required = Object.fromEntries(
    KINDS[kind].fields.filter((field) => field.required).map(({ name }) => [name, REQUIRED[name]]),
  );
  const tunnel = kind === 'protocol_tunnel' ? { hostname: 'h', tunnel_definitions: '22;24' } : {};
  const input = { name: 'Item', jumpGroupId: 7, fields: { ...required, ...tunnel, ...fields } };
  return { ...newJumpItem(kind, input), vaultEndpointId: null, id: 1, revision: 1 };
}

describe('a Jump Item', () => {
  it.each(EVERY_JUMP_ITEM_KIND)('of kind %s does not change when a change names nothing', (kind) => {
    const item = anItem(kind);
    expect(changedJumpItem(item, { fields: {} })).toEqual(item);
    expect(changedJumpItem(item, {})).not.toBe(item);
  });

  it.each(EVERY_JUMP_ITEM_KIND)(
    'of kind %s has every field of its kind, and clearing one sets its default',
    (kind) => {
      const item = anItem(kind);
      for (const field of KINDS[kind].fields.filter(({ required }) => required !== true)) {
        expect(changedJumpItem(item, { fields: { [field.name]: null } })).toEqual(item);
      }
    },
  );

  it('takes tunnel ports in pairs and nothing else', () => {
    const accepts = (definitions: string) => {
      try {
        return anItem('protocol_tunnel', { tunnel_definitions: definitions }) !== undefined;
      } catch {
        return false;
      }
    };
    const local = fc.integer({ min: 0, max: 65535 });
    const remote = fc.integer({ min: 1, max: 65535 });
    fc.assert(
      fc.property(fc.array(fc.tuple(local, remote), { minLength: 1, maxLength: 20 }), (pairs) => {
        const ports = pairs.flat();
        expect(accepts(ports.join(';'))).toBe(true);
        expect(accepts(ports.slice(1).join(';'))).toBe(false);
        expect(accepts([...ports, 22, 65536].join(';'))).toBe(false);
      }),
    );
    for (const bad of ['', ';', '22', '22;', '22; 24', '-1;22', '22;0', 'a;b'])
      expect(accepts(bad), bad).toBe(false);
  });

  it('names every field that breaks a rule', () => {
    const error = (() => {
      try {
        anItem('remote_rdp', { quality: 'worst', domain: 'x'.repeat(65), display_size: '1x1' });
      } catch (cause) {
        return cause;
      }
    })();
    expect(error).toMatchObject({ code: 'invalid' });
    expect(Object.keys((error as { fields: object }).fields)).toEqual(['quality', 'domain', 'display_size']);
  });
});

describe('permission for a change', () => {
  const item = anItem('shell_jump');
  it.each<[string, JumpItemInput, string[]]>([
    ['nothing', {}, []],
    ['the name', { name: 'New' }, ['perm_edit_identity']],
    ['the host', { fields: { hostname: 'other' } }, ['perm_edit_identity']],
    ['the tag', { tag: 'x' }, ['perm_edit_tag']],
    ['the comments', { comments: 'x' }, ['perm_edit_comments']],
    ['the policy', { jumpPolicyId: 2 }, ['perm_edit_jump_policy']],
    ['the session policy', { sessionPolicyId: 2 }, ['perm_edit_session_policy']],
    ['the group', { jumpGroupId: 8 }, ['perm_assign_jump_group']],
    ['the owner', { jumpGroupType: 'personal' }, ['perm_assign_jump_group']],
    ['the portal', { publicPortalId: 1 }, ['perm_edit_public_portal']],
    ['the terminal', { fields: { terminal: 'VT100' } }, ['perm_edit_behavior']],
    ['several things', { tag: 'x', fields: { port: 2222 } }, ['perm_edit_tag', 'perm_edit_identity']],
  ])('of %s', (_, change, permissions) => {
    expect([...permissionsForChange(item, changedJumpItem(item, change))]).toEqual(permissions);
  });

  it('and any permission at all is enough to see an item', () => {
    expect(canSee(new Set())).toBe(false);
    expect(canSee(new Set(['perm_view_jump_item_report']))).toBe(true);
  });
});
