import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { junitReport } from '../../cli/junit-report.ts';
import { readChangesFile, readPolicyFile } from '../../cli/policy-file.ts';

describe('a file of expectations', () => {
  it('takes words for objects, defaults for all, and any offset of time', () => {
    const { expectations, whatIf } = readPolicyFile(
      'night.yaml',
      `# what the night shift may do
defaults: { user: anna, action: start }
what_if:
  - { change: user, user_id: 3, enabled: false }
expectations:
  - name: At night
    jump_item: db
    at: 2026-03-02T22:30:00+01:00
    expect: deny
    reason: jump_policy_schedule
  - user: { id: 7 }
    jump_group: { type: personal, username: ben }
    action: see
    expect: allow
`,
    );
    expect(whatIf).toEqual([{ change: 'user', user_id: 3, enabled: false }]);
    expect(expectations).toEqual([
      {
        line: 6,
        expectation: {
          name: 'At night',
          user: { username: 'anna' },
          action: 'start',
          jump_item: { name: 'db' },
          at: '2026-03-02T21:30:00.000Z',
          expect: 'deny',
          reason: 'jump_policy_schedule',
        },
      },
      {
        line: 11,
        expectation: {
          name: 'Expectation 2',
          user: { id: 7 },
          action: 'see',
          jump_group: { type: 'personal', username: 'ben' },
          expect: 'allow',
        },
      },
    ]);
    const [bare] = readPolicyFile('list.yaml', '- { user: anna, jump_item: 12, expect: allow }').expectations;
    expect(bare?.expectation.jump_item).toEqual({ id: 12 });
  });

  it('reads like the one in the documentation', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/explain.md'), 'utf8');
    const example = /```yaml\n(# access\.yaml.*?)```/s.exec(page)?.[1] ?? '';
    const { expectations } = readPolicyFile('access.yaml', example);
    expect(expectations.map(({ line, expectation }) => [line, expectation.user, expectation.expect])).toEqual(
      [
        [5, { username: 'anna' }, 'allow'],
        [11, { username: 'anna' }, 'deny'],
        [17, { username: 'ben' }, 'deny'],
        [23, { username: 'ben' }, 'deny'],
      ],
    );
  });

  it('is refused with every problem and its line', () => {
    const problems = (text: string) => {
      try {
        readPolicyFile('bad.yaml', text);
      } catch (error) {
        return (error as Error).message.split('\n');
      }
      return [];
    };
    expect(
      problems(`expectations:
  - user: anna
    jumpitem: db
    expect: allow
  - jump_item: db
    at: tomorrow
    expect: maybe
  - just a word
`),
    ).toEqual([
      expect.stringMatching(/^bad\.yaml:3: There is no field jumpitem\. Known are: name, user, /),
      'bad.yaml:5: user is missing.',
      'bad.yaml:7: expect is allow or deny.',
      'bad.yaml:6: at is a date and time with its offset, such as 2026-03-02T22:30:00+01:00.',
      'bad.yaml:8: An expectation is a mapping with user, jump_item or jump_group, and expect.',
    ]);
    expect(problems('expectations: []')).toEqual(['bad.yaml:1: There are no expectations.']);
    expect(problems('')[0]).toMatch(/^bad\.yaml:1: Expected a list/);
    expect(problems('- user: [')[0]).toMatch(/^bad\.yaml:1: /);
    expect(problems('expectation: []\nexpectations: 5')).toHaveLength(2);
    expect(() => readChangesFile('c.yaml', 'what_if: [5]')).toThrow(
      'c.yaml:1: A change is a mapping with change.',
    );
    expect(readChangesFile('c.yaml', '- { change: user, user_id: 1 }')).toHaveLength(1);
  });
});

describe('a JUnit report', () => {
  it('counts by file and escapes what people wrote', () => {
    const at = { file: 'a<b.yaml', line: 3 };
    const report = junitReport([
      { ...at, name: 'fine', outcome: 'passed', problems: [] },
      { ...at, name: 'no "way" \u0001', outcome: 'failed', problems: ['expected a & b'] },
      { file: 'c.yaml', line: 9, name: 'lost', outcome: 'error', problems: ['there is none'] },
    ]);
    expect(report).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="3" failures="1" errors="1">
  <testsuite name="a&lt;b.yaml" tests="2" failures="1" errors="0">
    <testcase name="fine" classname="a&lt;b.yaml" file="a&lt;b.yaml" line="3"/>
    <testcase name="no &quot;way&quot; \uFFFD" classname="a&lt;b.yaml" file="a&lt;b.yaml" line="3">
      <failure message="expected a &amp; b">a&lt;b.yaml:3
expected a &amp; b</failure>
    </testcase>
  </testsuite>
  <testsuite name="c.yaml" tests="1" failures="0" errors="1">
    <testcase name="lost" classname="c.yaml" file="c.yaml" line="9">
      <error message="there is none">c.yaml:9
there is none</error>
    </testcase>
  </testsuite>
</testsuites>
`);
  });
});
