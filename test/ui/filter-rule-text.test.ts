import { expect, it } from 'vitest';
import { filterRuleOf, filterRuleText } from '../../ui/shared/filter-rule-text.ts';

it.each([
  ['10.1.0.0/16', { ip_addresses: { cidr: '10.1.0.0/16' }, protocol: 'ANY', ports: { list: [] } }],
  [
    '10.1.0.0/16 TCP 443,8443',
    { ip_addresses: { cidr: '10.1.0.0/16' }, protocol: 'TCP', ports: { list: [443, 8443] } },
  ],
  [
    '10.1.0.1-10.1.0.9 UDP 5000-5010',
    {
      ip_addresses: { range: { start: '10.1.0.1', end: '10.1.0.9' } },
      protocol: 'UDP',
      ports: { range: { start: 5000, end: 5010 } },
    },
  ],
  [
    'fd00::1,10.2.0.7 ICMP',
    { ip_addresses: { list: ['fd00::1', '10.2.0.7'] }, protocol: 'ICMP', ports: { list: [] } },
  ],
] as const)('"%s" is a rule of a network tunnel, there and back', (text, rule) => {
  expect(filterRuleOf(text)).toEqual(rule);
  expect(filterRuleText(rule as unknown as Parameters<typeof filterRuleText>[0])).toBe(text);
  expect(filterRuleOf(`  ${text.replaceAll(' ', '   ')} `)).toEqual(rule);
});
