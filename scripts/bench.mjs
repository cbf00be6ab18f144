// `npm run bench`: every file of bench/ in order, or those whose names hold one of the words given.
import { readdirSync } from 'node:fs';
import { cpus, release, type } from 'node:os';
import { join } from 'node:path';
import { ensureInstalled, root, run, runtime } from './toolchain.mjs';

await ensureInstalled();
const words = process.argv.slice(2);
const files = readdirSync(join(root, 'bench'))
  .filter((name) => name.endsWith('.ts'))
  .filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
  .sort();
process.stdout.write(
  `${new Date().toISOString().slice(0, 10)}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, ${type()} ${release()}\n`,
);
let failed = 0;
for (const file of files) {
  process.stdout.write(`\n== ${file.replace('.ts', '')}\n`);
  if ((await run(runtime, [join(root, 'bench', file)])) !== 0) failed += 1;
}
if (files.length === 0) process.stdout.write('No benchmark has such a name.\n');
process.exit(failed === 0 && files.length > 0 ? 0 : 1);
