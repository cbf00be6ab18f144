// What comes from the contract: openapi.yaml -> api/generated, as types and parsed. `--check` only says whether they are
// up to date.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { capture, ensureInstalled, program, root, runtime } from './toolchain.mjs';

await ensureInstalled();
const target = join(root, 'api/generated');
if (!process.argv.includes('--check')) await generate(target);
else {
  const directory = mkdtempSync(join(tmpdir(), 'bridgehead-generate-'));
  try {
    await generate(directory);
    const text = (folder, name) => readFileSync(join(folder, name), 'utf8');
    for (const name of ['openapi.ts', 'openapi.json']) {
      if (text(directory, name) === text(target, name)) continue;
      process.stderr.write(`api/generated/${name} does not match openapi.yaml. Run "npm run generate".\n`);
      process.exitCode = 1;
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function generate(folder) {
  const { parse } = await import('yaml');
  const contract = parse(readFileSync(join(root, 'openapi.yaml'), 'utf8'));
  writeFileSync(join(folder, 'openapi.json'), `${JSON.stringify(contract, null, 1)}\n`);
  const cli = program('openapi-typescript', 'bin/cli.js');
  const answer = await capture(runtime, [cli, 'openapi.yaml', '-o', join(folder, 'openapi.ts')]);
  if (answer.code === 0) return;
  process.stderr.write(answer.output);
  process.exit(1);
}
