import { describe, expect, it } from 'vitest';
import { missingDefault } from '../../ui/console/missing-default.ts';

const ofHost = { source: 'ecm', id: 'safe:1', name: 'root of web-1', available: false } as const;

describe('a default credential that cannot be used', () => {
  it('is not said to be removed while its store does not answer', () => {
    expect(missingDefault({ default: ofHost, problems: ['The vault cannot be reached.'] })).toEqual({
      title: 'Your default credential cannot be looked up now',
      text: 'Whether root of web-1 is still there cannot be told: The vault cannot be reached.',
    });
  });

  it('is gone when everybody who knows of it has answered', () => {
    expect(missingDefault({ default: ofHost, problems: [] }).title).toBe(
      'Your default credential was not found',
    );
    const ofVault = { ...ofHost, source: 'vault', id: '1' } as const;
    expect(missingDefault({ default: ofVault, problems: ['The vault cannot be reached.'] }).text).toContain(
      'root of web-1 cannot be used for this Jump Item any longer',
    );
  });
});
