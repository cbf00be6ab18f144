import { describe, expect, it } from 'vitest';
import { KEPT_ON_THE_SERVER } from '../../../appliance/configuration/configuration-document.ts';
import {
  changedFields,
  type FieldTraits,
  fieldChanges,
} from '../../../appliance/configuration/field-changes.ts';

const TRAITS: FieldTraits = {
  secrets: ['secret'],
  entryLists: { members: 'user', groups: '' },
  orders: ['order'],
};

const differences = (present: object, wanted: object) => {
  const [is, shall] = [present as never, wanted as never];
  return fieldChanges(is, shall, changedFields(is, shall, TRAITS), TRAITS);
};

describe('a field changes', () => {
  it('only when the file names it and says something else', () => {
    expect(differences({ name: 'a', comments: 'x' }, { name: 'b' })).toEqual([
      { name: 'name', before: 'a', after: 'b' },
    ]);
  });

  it('not between nothing, null and empty text, but between those and zero or no', () => {
    expect(differences({ a: '', b: null }, { a: null, b: '', c: null })).toEqual([]);
    expect(differences({ a: '', b: null }, { a: 0, b: false })).toHaveLength(2);
  });

  it('whatever the order of the members of a value', () => {
    expect(differences({ s: { a: 1, b: [{ c: 1, d: 2 }] } }, { s: { b: [{ d: 2, c: 1 }], a: 1 } })).toEqual(
      [],
    );
    expect(differences({ list: [1, 2] }, { list: [2, 1] })).toHaveLength(1);
  });

  it('as a whole value, told member by member', () => {
    expect(differences({ settings: { a: 1, b: 2 } }, { settings: { b: 3, c: 4 } })).toEqual([
      { name: 'settings.a', before: 1 },
      { name: 'settings.b', before: 2, after: 3 },
      { name: 'settings.c', after: 4 },
    ]);
  });

  it('when it is a secret in the file, told without it', () => {
    expect(differences({ secret: KEPT_ON_THE_SERVER }, { secret: KEPT_ON_THE_SERVER })).toEqual([]);
    expect(differences({}, { secret: 'the new one' })).toEqual([{ name: 'secret', secret: true }]);
  });
});

describe('entries of a list', () => {
  const members = [
    { user: 'Anna', role: 'lead' },
    { user: 'ben', role: 'member' },
  ];

  it('are known by their name, in any order and case', () => {
    expect(differences({ members }, { members: [{ user: 'ben' }, { user: 'anna', role: 'lead' }] })).toEqual(
      [],
    );
  });

  it('come, go and change one by one', () => {
    const wanted = [{ user: 'anna', role: 'member' }, { user: 'carla' }];
    expect(differences({ members }, { members: wanted })).toEqual([
      { name: 'members.anna.role', before: 'lead', after: 'member' },
      { name: 'members.ben', before: { user: 'ben', role: 'member' } },
      { name: 'members.carla', after: { user: 'carla' } },
    ]);
  });

  it('without a name are known by everything they say', () => {
    const groups = [{ provider: 'AD', group: 'x' }, { user: 'anna' }];
    expect(differences({ groups }, { groups: [{ user: 'Anna' }, { group: 'x', provider: 'AD' }] })).toEqual(
      [],
    );
    expect(differences({ groups }, { groups: [{ user: 'anna' }] })).toEqual([
      { name: 'groups.x ad', before: { provider: 'AD', group: 'x' } },
    ]);
  });
});

it('an order is about what the file names', () => {
  expect(differences({ order: ['a', 'x', 'b'] }, { order: ['a', 'b'] })).toEqual([]);
  expect(differences({ order: ['a', 'b'] }, { order: ['b', 'a'] })).toHaveLength(1);
  expect(differences({ order: ['a', 'b'] }, { order: ['a', 'b', 'new'] })).toHaveLength(1);
});
