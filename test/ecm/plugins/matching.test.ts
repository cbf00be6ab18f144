import { describe, expect, it } from 'vitest';
import { fitsHost, fitsPattern, fitsWords, hostsOf } from '../../../ecm/plugins/session-matching.ts';
import { fillTemplate } from '../../../ecm/plugins/session-templates.ts';
import { processorTime } from '../../support/processor-time.ts';
import { aPluginSession } from '../../support/test-plugin.ts';

describe('which system a session goes to', () => {
  it('is said by its host name and URL, never by the name of the item', () => {
    const session = aPluginSession({ hostname: 'Web01.Example.com.', name: 'dc01', tag: 'dc01' });
    expect(hostsOf(session)).toEqual(['web01.example.com']);
    expect(hostsOf(aPluginSession({ hostname: '', url: 'https://Portal.example.com:8443/x' }))).toEqual([
      'portal.example.com',
    ]);
    expect(hostsOf({ ...session, jumpItem: undefined })).toEqual([]);
    expect(fitsHost('dc01', hostsOf(session))).toBe(false);
  });

  it.each([
    ['web01.example.com', true],
    ['WEB01.EXAMPLE.COM.', true],
    ['ssh://root@web01.example.com:22/', true],
    ['*.example.com', true],
    ['web*.example.com', true],
    ['*', true],
    ['web01', false],
    ['*.other.com', false],
    ['example.com', false],
    ['web01.example.com.evil', false],
    ['', false],
    ['https://', false],
  ])('fits "%s": %s', (pattern, fits) => {
    expect(fitsHost(pattern, ['web01.example.com'])).toBe(fits);
  });

  it('may be an address', () => {
    expect(fitsHost('[2001:db8::1]', hostsOf(aPluginSession({ hostname: '2001:DB8::1' })))).toBe(true);
    expect(fitsHost('10.0.0.*', hostsOf(aPluginSession({ hostname: '10.0.0.9' })))).toBe(true);
  });
});

describe('patterns with stars', () => {
  it.each([
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['a*b*c', 'axxbyyc', true],
    ['a*b*c', 'acb', false],
    ['*b', 'ab', true],
    ['b*', 'ab', false],
    ['**', '', true],
    ['a.c', 'abc', false],
  ])('%s and %s: %s', (pattern, text, fits) => {
    expect(fitsPattern(pattern, text)).toBe(fits);
  });

  it('take no longer for having many stars', async () => {
    const taken = await processorTime(() => {
      expect(fitsPattern(`${'*a'.repeat(60)}b`, 'a'.repeat(255))).toBe(false);
    });
    expect(taken).toBeLessThan(50);
  });
});

describe('words and templates', () => {
  it('find every word in any text', () => {
    expect(fitsWords('', [])).toBe(true);
    expect(fitsWords('  root  WEB ', ['web01', 'Root'])).toBe(true);
    expect(fitsWords('root db', ['web01', 'Root', undefined])).toBe(false);
  });

  it('are about nothing when they name something unknown, and do not fill in twice', () => {
    const session = aPluginSession({ hostname: '{user}', username: '' });
    expect(fillTemplate('x/{hostname}/{user}', session)).toBe('x/{user}/rita');
    expect(fillTemplate('{username}', session)).toBeUndefined();
    expect(fillTemplate('{port}', session)).toBe('22');
  });
});
