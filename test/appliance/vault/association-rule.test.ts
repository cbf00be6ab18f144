import { describe, expect, it } from 'vitest';
import {
  type AssociationRule,
  type AssociationTarget,
  folded,
  isAssociated,
} from '../../../appliance/vault/association-rule.ts';

const ITEM = {
  id: 7,
  kind: 'shell_jump',
  sharedJumpGroupId: 3,
  name: 'Web 1',
  tag: 'prod',
  comments: 'Rack 4',
};
const SAVED: AssociationTarget = { hostname: 'web1.example.com', jumpItem: ITEM };
const HOST: AssociationTarget = { hostname: 'web1.example.com', jumpItem: undefined };

const rule = (given: Partial<AssociationRule>): AssociationRule => ({
  filterType: 'criteria',
  sharedJumpGroupIds: [],
  host: [],
  name: [],
  tag: [],
  comment: [],
  jumpItems: [],
  ...given,
});
const fits = (given: Partial<AssociationRule>, target = SAVED) => isAssociated(rule(given), target);
const with_ = (changes: Partial<typeof ITEM>): AssociationTarget => ({
  ...SAVED,
  jumpItem: { ...ITEM, ...changes },
});

describe('where an account may be injected', () => {
  it('is everywhere or nowhere without criteria, whatever the lists say', () => {
    expect(fits({ filterType: 'any_jump_items', host: ['other'] })).toBe(true);
    expect(fits({ filterType: 'any_jump_items' }, HOST)).toBe(true);
    expect(fits({ filterType: 'any_jump_items' }, with_({ kind: 'remote_jump' }))).toBe(true);
    expect(fits({ filterType: 'no_jump_items', jumpItems: [ITEM], host: ['web*'] })).toBe(false);
  });

  it.each([
    ['web1.example.com', true],
    ['web1', false],
    ['web*', true],
    ['*.com', true],
    ['*example*', true],
    ['*web1*', true],
    ['example*', false],
    ['*web1', false],
    ['*_ample*', false],
  ])('the pattern %s fits the host: %s', (pattern, expected) => {
    expect(fits({ host: [pattern] })).toBe(expected);
  });

  it('is where any pattern of each list fits, in small or capital letters', () => {
    expect(fits({ name: ['nothing', 'web*'], tag: ['prod'] })).toBe(true);
    expect(fits({ name: ['web*'], tag: ['test'] })).toBe(false);
    expect(fits({ comment: ['rack 4'], sharedJumpGroupIds: [1, 3] })).toBe(true);
    expect(fits({ comment: ['rack 4'], sharedJumpGroupIds: [1] })).toBe(false);
  });

  it('is nowhere when the criteria ask for nothing', () => {
    expect(fits({})).toBe(false);
  });

  it('is on listed items too, beside what the criteria find', () => {
    expect(fits({ jumpItems: [{ id: 7, kind: 'shell_jump' }], tag: ['other'] })).toBe(true);
    expect(fits({ jumpItems: [{ id: 8, kind: 'shell_jump' }] })).toBe(false);
  });

  it('is on no Remote Jump item by criteria', () => {
    const remote = with_({ kind: 'remote_jump' });
    expect(fits({ host: ['web*'] }, remote)).toBe(false);
    expect(fits({ jumpItems: [{ id: 7, kind: 'remote_jump' }] }, remote)).toBe(false);
  });

  it('is on no personal item by its group', () => {
    expect(fits({ sharedJumpGroupIds: [3] }, with_({ sharedJumpGroupId: undefined as never }))).toBe(false);
  });

  it('is on a target that is not saved by its host alone', () => {
    expect(fits({ host: ['web*'] }, HOST)).toBe(true);
    expect(fits({ host: ['db*'] }, HOST)).toBe(false);
    for (const more of [
      { name: ['web*'] },
      { tag: ['*o*'] },
      { comment: ['r*'] },
      { sharedJumpGroupIds: [3] },
    ]) {
      expect(fits({ host: ['web*'], ...more }, HOST)).toBe(false);
    }
  });
});

it('makes small letters one for one', () => {
  expect(folded('ÄÖ İstanbul ΟΔΟΣ Straße 😀')).toBe('äö istanbul οδοσ straße 😀');
});
