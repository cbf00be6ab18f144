// Makes what the ECM host needs beside its program: the program that runs a plug-in, the bundled plug-ins, and what a
// plug-in of one's own begins with. Into dist/cli/ecm, or into the folder that is named.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import ts from 'typescript';
import { root } from './toolchain.mjs';

const output = process.argv[2] ?? join(root, 'dist', 'cli', 'ecm');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

rmSync(output, { recursive: true, force: true });
await bundled(
  {
    'plugin-runner': 'ecm/runner/plugin-runner.ts',
    ...Object.fromEntries(pluginNames().map((name) => [`plugins/${name}`, `ecm/plugins/${name}/plugin.ts`])),
  },
  output,
  [
    // Packages in CommonJS ask for Node's own modules, and where they are, in their way.
    "import { createRequire as makeRequire } from 'node:module';",
    'const require = makeRequire(import.meta.url);',
    "const __dirname = require('node:path').dirname(require('node:url').fileURLToPath(import.meta.url));",
  ].join('\n'),
);
writeFileSync(
  join(output, 'package.json'),
  json({ name: 'bridgehead-ecm', version, private: true, type: 'module' }),
);

const sdk = join(output, 'sdk');
await bundled({ plugin: 'ecm/sdk/plugin.ts', conformance: 'ecm/conformance/test-plugin.ts' }, sdk, '');
cpSync(join(output, 'plugin-runner.js'), join(sdk, 'plugin-runner.js'));
writeFileSync(
  join(sdk, 'package.json'),
  json({ name: 'bridgehead-ecm-sdk', version, private: true, type: 'module' }),
);
writeDeclarations(sdk, {
  'ecm/sdk/plugin.ts': 'plugin',
  'ecm/sdk/settings.ts': 'settings',
  'ecm/conformance/test-plugin.ts': 'conformance',
  'ecm/conformance/conformance-result.ts': 'conformance-result',
  'ecm/conformance/described-session.ts': 'described-session',
});

cpSync(join(root, 'ecm/template'), join(output, 'template'), { recursive: true });
cpSync(join(root, 'deploy/ecm/bridgehead-ecm.service'), join(output, 'bridgehead-ecm.service'));

/** One JavaScript file for each, which runs on Node 20 or newer without this repository. */
async function bundled(entries, outdir, banner) {
  await build({
    absWorkingDir: root,
    entryPoints: Object.entries(entries).map(([out, file]) => ({ in: file, out })),
    outdir,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'warning',
    banner: { js: banner },
    external: ['*.node'],
  });
}

function pluginNames() {
  const folder = join(root, 'ecm/plugins');
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => existsSync(join(folder, name, 'plugin.ts')));
}

/** Types of the modules, all in one folder whatever folders they come from. */
function writeDeclarations(folder, names) {
  mkdirSync(folder, { recursive: true });
  const files = Object.keys(names).map((file) => join(root, file));
  const program = ts.createProgram(files, {
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
    strict: true,
    exactOptionalPropertyTypes: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    declaration: true,
    emitDeclarationOnly: true,
  });
  for (const [file, name] of Object.entries(names)) {
    program.emit(program.getSourceFile(join(root, file)), (_path, text) => {
      writeFileSync(
        join(folder, `${name}.d.ts`),
        text.replaceAll(/from '\.[^']*?([a-z-]+)\.ts'/g, "from './$1.js'"),
      );
    });
  }
}

function json(value) {
  return `${JSON.stringify(value, null, 2)}\n`;
}
