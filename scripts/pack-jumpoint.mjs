// Packs the bundled Jumpoint program into an archive that installs on a host without this repository.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './toolchain.mjs';

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const name = `bridgehead-jumpoint-${version}`;
const output = join(root, 'dist', 'jumpoint');
const folder = join(output, name);

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
cpSync(join(root, 'deploy', 'jumpoint'), folder, { recursive: true });
cpSync(join(output, 'jumpoint.js'), join(folder, 'jumpoint.js'));
writeFileSync(
  join(folder, 'package.json'),
  `${JSON.stringify({ name: 'bridgehead-jumpoint', version, private: true, type: 'module', engines: { node: '>=20' } }, null, 2)}\n`,
);
// The same sources make the same archive: fixed order, owner and time. The installer adds a token to it.
const result = spawnSync(
  'tar',
  [
    '--create',
    '--gzip',
    '--format=ustar',
    '--sort=name',
    '--owner=root:0',
    '--group=root:0',
    '--mtime=2020-01-01T00:00:00Z',
    `--file=${join(output, `${name}.tgz`)}`,
    `--directory=${output}`,
    name,
  ],
  { stdio: 'inherit' },
);
rmSync(folder, { recursive: true, force: true });
if (result.status !== 0) throw new Error('The archive of the Jumpoint program could not be written.');
