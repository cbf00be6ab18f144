// Builds what does not run from its TypeScript: the pages, and the programs that are copied to other machines.
// `--if-changed` builds only what changed since it was built last.
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { program, root, run, runtime } from './toolchain.mjs';

const onlyChanged = process.argv.includes('--if-changed');

const parts = [
  {
    name: 'pages',
    result: 'dist/ui',
    entry: 'ui/vite.config.ts',
    sources: ['ui', 'api/generated', 'package-lock.json'],
    build: () => run(runtime, [program('vite', 'bin/vite.js'), 'build', '--logLevel', 'warn', 'ui']),
  },
  bundle('bh', 'cli/bh.ts', 'dist/cli/bh.js', [
    'cli',
    'agents',
    'schema',
    'appliance',
    'integrations',
    'ecm',
    'api/generated',
    'package.json',
  ]),
  {
    name: 'files of the ECM host',
    result: 'dist/cli/ecm',
    entry: 'ecm/runner/plugin-runner.ts',
    sources: ['ecm', 'deploy/ecm', 'package-lock.json', 'scripts/pack-ecm.mjs'],
    build: () => run(runtime, ['scripts/pack-ecm.mjs']),
  },
  bundle('jumpoint', 'agents/jumpoint/main.ts', 'dist/jumpoint/jumpoint.js', ['agents', 'package.json']),
  {
    name: 'jumpoint archive',
    result: 'dist/jumpoint',
    entry: 'agents/jumpoint/main.ts',
    sources: ['dist/jumpoint/jumpoint.js', 'deploy/jumpoint', 'package.json', 'scripts/pack-jumpoint.mjs'],
    build: () => run(runtime, ['scripts/pack-jumpoint.mjs']),
  },
];

for (const part of parts) {
  if (!existsSync(join(root, part.entry))) continue;
  const stamp = join(root, 'dist', `.${part.name}.sha256`);
  const digest = digestOf(part.sources);
  const known = existsSync(stamp) && existsSync(join(root, part.result)) ? readFileSync(stamp, 'utf8') : '';
  if (onlyChanged && known === digest) continue;
  process.stdout.write(`Building ${part.name}\n`);
  rmSync(stamp, { force: true });
  const code = await part.build();
  if (code !== 0) {
    process.stderr.write(`The ${part.name} could not be built.\n`);
    process.exit(code);
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, digest);
}

/** One JavaScript file that runs on Node 20 or newer without this repository. */
function bundle(name, entry, result, folders) {
  return {
    name,
    result,
    entry,
    sources: [...folders, 'package-lock.json', 'scripts/build.mjs'],
    build: async () => {
      const { build } = await import('esbuild');
      const outfile = join(root, result);
      await build({
        absWorkingDir: root,
        entryPoints: [entry],
        outfile,
        bundle: true,
        platform: 'node',
        target: 'node20',
        format: 'esm',
        logLevel: 'warning',
        // Packages in CommonJS ask for Node's own modules, and where they are, in their way.
        banner: {
          js: [
            "import { createRequire as makeRequire } from 'node:module';",
            'const require = makeRequire(import.meta.url);',
            "const __dirname = require('node:path').dirname(require('node:url').fileURLToPath(import.meta.url));",
          ].join('\n'),
        },
        // Native accelerators, each of them optional to the package that asks for it.
        external: ['*.node', 'cpu-features', 'bufferutil', 'utf-8-validate', '@node-rs/argon2'],
      });
      chmodSync(outfile, 0o755);
      return 0;
    },
  };
}

/** Changes when a source file's name or text does. */
function digestOf(sources) {
  const hash = createHash('sha256');
  for (const file of sources.flatMap((source) => filesIn(join(root, source)))) {
    hash.update(relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

function filesIn(path) {
  if (!existsSync(path)) return [];
  try {
    return readdirSync(path, { withFileTypes: true })
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((entry) => filesIn(join(path, entry.name)));
  } catch (error) {
    if (error.code === 'ENOTDIR') return [path];
    throw error;
  }
}
