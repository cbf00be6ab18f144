// `npm test`: checks, then every test, on this machine alone. Ends with a line "N passed, N failed".
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { debianPostgresql, ensureDebianPackages } from './debian-packages.mjs';
import { ensureInstalled, program, root, run, runtime } from './toolchain.mjs';

// First, since a package is compiled with one of them.
await ensureDebianPackages();
await ensureInstalled({ built: { kerberos: 'build/Release/kerberos.node' } });
const built = await run(runtime, [join(root, 'scripts/build.mjs'), '--if-changed']);
const checked = await run(runtime, [join(root, 'scripts/check.mjs')]);

const directory = mkdtempSync(join(tmpdir(), 'bridgehead-test-run-'));
let tally;
let code;
try {
  const report = join(directory, 'result.json');
  // Tests start servers of their own, which find the same runtime first.
  const env = {
    ...process.env,
    PATH: `${join(root, 'node_modules/node/bin')}:${process.env.PATH}`,
    TEST_POSTGRESQL_PROGRAMS: debianPostgresql() ?? '',
  };
  const vitest = [program('vitest', 'vitest.mjs'), 'run', '--reporter=default', '--reporter=json'];
  code = await run(runtime, [...vitest, `--outputFile.json=${report}`, ...process.argv.slice(2)], { env });
  tally = tallyOf(report);
} finally {
  rmSync(directory, { recursive: true, force: true });
}

if (built !== 0) process.stdout.write('The build failed, see above.\n');
if (checked !== 0) process.stdout.write('A check failed, see above.\n');
// A run can fail without a failing test, for instance by an error nobody waited for.
if (code !== 0 && tally.failed === 0) tally.failed = 1;
process.stdout.write(`${tally.passed} passed, ${tally.failed} failed\n`);
process.exit(code || checked || built);

/** Counts of the test runner's own result; a file that could not be loaded is one failure. */
function tallyOf(report) {
  let result;
  try {
    result = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return { passed: 0, failed: 1 };
  }
  const broken = result.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  );
  return { passed: result.numPassedTests, failed: result.numFailedTests + broken.length };
}
