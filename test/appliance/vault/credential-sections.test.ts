import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { credentialKey } from '../../../appliance/vault/credential-preferences.ts';
import { MOST_RECOMMENDED, offeredCredentials } from '../../../appliance/vault/credential-sections.ts';
import type { CredentialChoice, CredentialReference } from '../../../appliance/vault/credential-source.ts';

function choice(id: string, more: Partial<CredentialChoice> = {}): CredentialChoice {
  return {
    source: 'vault',
    id,
    name: `account ${id}`,
    username: '',
    type: '',
    group: '',
    associated: false,
    ...more,
  };
}

function offer(more: Partial<Parameters<typeof offeredCredentials>[0]>) {
  return offeredCredentials({ choices: [], used: [], favorites: [], default: undefined, ...more });
}

const vault = (id: string): CredentialReference => ({ source: 'vault', id });

describe('the order in which credentials are offered', () => {
  it('puts what was used here first, then what is associated, then the rest', () => {
    const offered = offer({
      choices: [
        choice('1'),
        choice('2', { associated: true }),
        choice('3'),
        choice('4', { source: 'ecm', associated: undefined }),
      ],
      used: [vault('3'), { source: 'ecm', id: '4' }],
    });
    expect(offered.map(({ id, section }) => [id, section])).toEqual([
      ['3', 'recommended'],
      ['4', 'recommended'],
      ['2', 'associated'],
      ['1', 'other'],
    ]);
  });

  it('recommends five at most, the last used first, and only what may still be injected', () => {
    const ids = ['1', '2', '3', '4', '5', '6', '7'];
    const offered = offer({
      choices: ids.slice(1).map((id) => choice(id)),
      used: [...ids].reverse().map(vault),
    });
    expect(offered.filter(({ section }) => section === 'recommended').map(({ id }) => id)).toEqual([
      '7',
      '6',
      '5',
      '4',
      '3',
    ]);
    expect(offered.find(({ id }) => id === '2')?.section).toBe('other');
    expect(offered.some(({ id }) => id === '1')).toBe(false);
  });

  it('puts favourites first within a section, and names in alphabetical order whatever their case', () => {
    const offered = offer({
      choices: [choice('1', { name: 'beta' }), choice('2', { name: 'Alpha' }), choice('3', { name: 'zulu' })],
      favorites: [vault('3')],
      default: vault('1'),
    });
    expect(offered.map(({ name, favorite, isDefault }) => [name, favorite, isDefault])).toEqual([
      ['zulu', true, false],
      ['Alpha', false, false],
      ['beta', false, true],
    ]);
  });

  it('keeps the same id of two sources apart', () => {
    const offered = offer({
      choices: [choice('1'), choice('1', { source: 'ecm' })],
      used: [{ source: 'ecm', id: '1' }],
    });
    expect(offered.map(({ source, section }) => [source, section])).toEqual([
      ['ecm', 'recommended'],
      ['vault', 'other'],
    ]);
  });

  it('offers every credential once, in an order that does not depend on how the sources answered', () => {
    const reference = fc.record({
      source: fc.constantFrom('vault' as const, 'ecm' as const),
      id: fc.constantFrom('1', '2', '3', '4', '5', '6', '7'),
    });
    const choices = fc.array(
      fc
        .tuple(reference, fc.constantFrom(true, false, undefined), fc.constantFrom('a', 'B', 'c'))
        .map(([at, associated, name]) => choice(at.id, { ...at, associated, name })),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(choices, fc.array(reference), fc.array(reference), (some, used, favorites) => {
        const unique = [...new Map(some.map((one) => [credentialKey(one), one])).values()];
        const offered = offer({ choices: unique, used, favorites });
        expect(new Set(offered.map(credentialKey))).toEqual(new Set(unique.map(credentialKey)));
        expect(offered).toHaveLength(unique.length);
        expect(offered.filter(({ section }) => section === 'recommended').length).toBeLessThanOrEqual(
          MOST_RECOMMENDED,
        );
        expect(offer({ choices: [...unique].reverse(), used, favorites })).toEqual(offered);
      }),
    );
  });
});
