import { describe, expect, it } from 'vitest';
import { parseNetworkList } from '../../../appliance/access/network-list.ts';

describe('network restrictions', () => {
  it('lets every address in when the list is empty', () => {
    expect(parseNetworkList(' \n').networks.includes('203.0.113.9')).toBe(true);
  });

  it('reads addresses and ranges of both families, however they are separated', () => {
    const { networks, bad } = parseNetworkList('192.0.2.7, 10.0.0.0/8\n2001:db8::/32;::1');
    expect(bad).toEqual([]);
    for (const inside of ['192.0.2.7', '10.255.0.1', '2001:db8::5', '::1', '::ffff:10.1.2.3']) {
      expect(networks.includes(inside), inside).toBe(true);
    }
    for (const outside of ['192.0.2.8', '11.0.0.1', '2001:db9::1', '', 'localhost']) {
      expect(networks.includes(outside), outside).toBe(false);
    }
  });

  it('names what it cannot read and lets nobody in through it', () => {
    const { networks, bad } = parseNetworkList('10.0.0.0/33 example.com 1.2.3.4/8/8 5.6.7.8/x');
    expect(bad).toEqual(['10.0.0.0/33', 'example.com', '1.2.3.4/8/8', '5.6.7.8/x']);
    expect(networks.includes('10.0.0.1')).toBe(false);
  });
});
