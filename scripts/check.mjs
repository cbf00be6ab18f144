// `npm run check`: everything that can be said about the code without running it. All checks run, all are reported.
import { join } from 'node:path';
import { capture, ensureInstalled, program, root, runtime } from './toolchain.mjs';

const CHECKS = [
  [
    'format and lint',
    program('@biomejs/biome', 'bin/biome'),
    ['check', '--error-on-warnings', '--diagnostic-level=warn'],
  ],
  ['types', program('typescript-7', 'bin/tsc'), ['-p', '.']],
  ['import arrows', program('vitest', 'vitest.mjs'), ['run', '--project', 'house', '--reporter', 'dot']],
  ['generated types', join(root, 'scripts/generate.mjs'), ['--check']],
  ['dead code', program('knip', 'bin/knip.js'), ['--no-progress']],
];

await ensureInstalled();
const results = await Promise.all(
  CHECKS.map(async ([name, file, args]) => {
    const { code, output } = await capture(runtime, [file, ...args], {
      env: { ...process.env, NO_COLOR: '1' },
    });
    const passed = code === 0;
    process.stdout.write(passed ? `ok      ${name}\n` : `FAILED  ${name}\n${indented(output)}`);
    return passed;
  }),
);
const failed = results.filter((passed) => !passed).length;
process.stdout.write(`${results.length - failed} checks passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);

function indented(text) {
  return text.replace(/^(?=.)/gm, '        ');
}
