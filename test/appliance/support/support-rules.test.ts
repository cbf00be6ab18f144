import { describe, expect, it } from 'vitest';
import { tidyCategories } from '../../../appliance/support/categories.ts';
import { customLinkProblem } from '../../../appliance/support/custom-rep-link.ts';
import { builtInStatusProblem, type RepStatus } from '../../../appliance/support/rep-status.ts';
import { isOffered } from '../../../appliance/support/team-offer.ts';
import { refuseInUse } from '../../../appliance/support/uses.ts';

describe('the address of a custom link', () => {
  it.each([
    'https://tickets.example.com/%SESSION.EXTERNAL_KEY%',
    'HTTP://intranet/search?q=%SESSION.CUSTOM.ASSET-TAG%%SESSION.LSID%#%SESSION.REP.NAME%',
    'https://[2001:db8::1]:8443/a%20b?x=%41',
  ])('may be %s', (url) => {
    expect(customLinkProblem(url)).toBeUndefined();
  });

  it.each([
    ['javascript:alert(1)//http://x', /begin with/],
    ['//example.com/', /begin with/],
    ['https://%SESSION.CUSTOMER.COMPANY%/', /host name/],
    ['https://%SESSION.X%.example.com/', /host name/],
    ['https://example.com%2f@evil.example/', /host name/],
    ['https://admin:secret@example.com/', /user name or password/],
    ['https://example.com/%SESSION.EXTERNAL_KEY', /closing %/],
    ['https://example.com/\n', /spaces or control/],
    ['https://', /web address/],
    ['https://exa<mple/', /web address/],
  ])('is refused as %s', (url, sentence) => {
    expect(customLinkProblem(url)).toMatch(sentence);
  });
});

describe('categories', () => {
  it('are kept once each, without space around their parts', () => {
    expect(tidyCategories([' Mail ', 'mail', 'Mail / Rules'])).toEqual(['Mail', 'Mail/Rules']);
  });

  it.each(['', ' ', '/', 'a/', 'a//b'])('are refused as "%s"', (name) => {
    expect(() => tidyCategories([name])).toThrow(/empty/);
  });
});

describe('what is offered to teams', () => {
  it('is for everybody when it names none, else for their members and for who configures it', () => {
    expect(isOffered([], [])).toBe(true);
    expect(isOffered([1, 2], [2])).toBe(true);
    expect(isOffered([1, 2], [3])).toBe(false);
    expect(isOffered([1, 2], undefined)).toBe(true);
  });
});

describe('a built-in status', () => {
  const away: RepStatus = {
    id: 2,
    name: 'Away',
    codeName: 'away',
    displayAs: 'away',
    builtIn: 'away',
    revision: 1,
  };

  it('away or busy keeps only how it is displayed', () => {
    expect(builtInStatusProblem(away, { ...away, name: 'Gone', codeName: 'gone' })).toBeUndefined();
    expect(builtInStatusProblem(away, { ...away, displayAs: 'busy' })).toMatchObject({ field: 'display_as' });
  });

  it('available keeps everything, and one of our own nothing', () => {
    const available: RepStatus = { ...away, displayAs: null, builtIn: 'available' };
    expect(builtInStatusProblem(available, { ...available, codeName: 'x' })).toMatchObject({
      field: 'code_name',
    });
    expect(builtInStatusProblem({ ...away, builtIn: null }, { ...away, displayAs: 'busy' })).toBeUndefined();
  });
});

describe('a deletion of something in use', () => {
  it('names who needs it, and how many more there are', () => {
    const uses = [
      { noun: 'issue', total: 2, names: ['Mail', 'Printing'] },
      { noun: 'canned script', total: 0, names: [] },
      { noun: 'canned message', total: 7, names: ['A', 'B', 'C', 'D', 'E'] },
    ];
    expect(() => refuseInUse('team', uses)).toThrow(
      'This team is used by the issues "Mail" and "Printing", and by the canned messages "A", "B", "C", "D", "E" and 2 more.',
    );
    expect(() => refuseInUse('team', [{ noun: 'group policy', total: 1, names: ['All'] }])).toThrow(
      'This team is used by the group policy "All".',
    );
    expect(() => refuseInUse('team', [])).not.toThrow();
  });
});
