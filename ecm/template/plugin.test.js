// node --test
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testPlugin } from './ecm-sdk/conformance.js';

const results = await testPlugin({
  plugin: new URL('./plugin.js', import.meta.url),
  settings: { access_key: { file: 'access-key' } },
  session: { username: 'anna', hostname: 'server.example.com' },
});

for (const { name, outcome, problems } of results) {
  test(name, { skip: outcome === 'skipped' && problems.join(' ') }, () => {
    assert.equal(outcome, 'passed', problems.join('\n'));
  });
}
