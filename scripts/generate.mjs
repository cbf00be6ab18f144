// Types of the contract: openapi.yaml -> api/generated/openapi.ts. `--check` only says whether they are up to date.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { capture, ensureInstalled, program, root, runtime } from './toolchain.mjs';

await ensureInstalled();
const target = join(root, 'api/generated/openapi.ts');
if (!process.argv.includes('--check')) await generate(target);
else {
  const directory = mkdtempSync(join(tmpdir(), 'bridgehead-generate-'));
  try {
    const fresh = join(directory, 'openapi.ts');
    await generate(fresh);
    if (readFileSync(fresh, 'utf8') !== readFileSync(target, 'utf8')) {
      process.stderr.write('api/generated/openapi.ts does not match openapi.yaml. Run "npm run generate".\n');
      process.exitCode = 1;
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function generate(output) {
  const cli = program('openapi-typescript', 'bin/cli.js');
  const answer = await capture(runtime, [cli, 'openapi.yaml', '-o', output]);
  if (answer.code === 0) return;
  process.stderr.write(answer.output);
  process.exit(1);
}
