import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testPlugin } from '../../ecm/conformance/test-plugin.ts';

beforeAll(() => {
  process.env.CARELESS_TOKEN = 'token-of-the-careless';
});
afterAll(() => {
  delete process.env.CARELESS_TOKEN;
});

/** What the kit finds wrong, by the name of the test. */
async function findings(faults: string[], file = 'careless-plugin.ts'): Promise<Record<string, string[]>> {
  const results = await testPlugin({
    plugin: join(import.meta.dirname, 'fixtures', file),
    settings:
      file === 'careless-plugin.ts'
        ? { faults, token: { env: 'CARELESS_TOKEN' } }
        : { rule: faults[0], token: { env: 'CARELESS_TOKEN' } },
    session: { username: 'anna', hostname: 'web-1.example.com' },
  });
  expect(JSON.stringify(results)).not.toMatch(/token-of-the-careless|hunter2hunter2/);
  const failed = results.filter(({ outcome }) => outcome === 'failed');
  return Object.fromEntries(failed.map(({ name, problems }) => [name, problems]));
}

describe('the conformance kit', () => {
  it('finds nothing wrong with a plug-in that does what it should', async () => {
    expect(await findings([])).toEqual({});
  });

  it.each<Record<string, [test: string, words: string]>>([
    {
      'throws at a wrong token': ['says in words that its secrets are wrong', 'no PluginError: Error: 401'],
      'logs its token': ['keeps secrets out of', 'A secret is in its log (info): signing in with [secret]'],
      'needs a Jump Item': ['answers about people and items', 'a Jump Item failed without a PluginError'],
      'has further members': ['shows id, label and user name', 'a further member "notes"'],
      'ignores the search': ['finds by words', 'the search is not looked at'],
      'fails for unknown ids': [
        'says of credentials that do not exist',
        'failed otherwise: Error: undefined',
      ],
      'releases once': ['takes a credential back', 'a second time failed: Not lent.'],
      'is ill': ['says how it is', 'It is not healthy: The store is shut.'],
    },
    {
      'exits at a wrong token': ['says in words that its secrets are wrong', 'brought the process down'],
      'tells its token': ['keeps secrets out of', 'A secret is in what it says of its health'],
      'shows the password': ['keeps secrets out of', 'A secret is in what it shows of a credential'],
      'lists secrets': ['keeps secrets out of', 'A secret is in what it shows of an endpoint'],
      'makes ids anew': ['calls a credential the same', 'After a restart a search gave other ids.'],
      'gives without looking': ['says of credentials that do not exist', 'it gave a credential'],
      'does not close': ['ends when it is asked to', 'it did not end when it was asked to'],
    },
    {
      'lists other kinds': ['finds endpoints by words', 'A search for the kind shell_jump does not find'],
      'ignores the words for systems': ['finds endpoints by words', 'the search is not looked at'],
      'hears of a start once': ['hears that a session', 'The start, told again: Error: Told before.'],
      'gives nothing': ['gives what it found', 'without a password and without a private key'],
      'ignores the signal': ['ends a question that is cancelled', 'look at the signal'],
      'looks for one word': ['finds by words', 'whole label does not find "root of the server"'],
    },
  ])('finds what is wrong with one that does not (%#)', { timeout: 120_000 }, async (faults) => {
    const found = Object.entries(await findings(Object.keys(faults)));
    for (const [fault, [name, words]] of Object.entries(faults)) {
      const problems = found.filter(([test]) => test.startsWith(name)).flatMap(([, all]) => all);
      expect(problems.join('\n'), fault).toContain(words);
    }
  });

  it('tells why nothing can be tested', async () => {
    expect(await findings(['repeats a wrong token'])).toEqual({
      'starts with its settings': ['refused: [secret]'],
    });
    expect(Object.values(await findings(['throw while made'], 'hostile-plugin.ts'))[0]?.[0]).toContain(
      'no store',
    );
    expect(await findings(['exit while made'], 'hostile-plugin.ts')).toEqual({
      'starts with its settings': [
        'The plug-in "hostile-plugin" failed: it ended by itself with exit code 3.',
      ],
    });
  });
});
