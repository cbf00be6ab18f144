import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');

/** What a folder's files may import, by folder of the project. `node:` modules and packages are a matter of their own. */
const MAY_IMPORT: Record<string, string[]> = {
  appliance: ['appliance'],
  schema: ['schema', 'appliance'],
  // The wire types of programs are the one thing both ends share.
  api: [
    'api',
    'appliance',
    'agents/protocol.ts',
    'agents/control-protocol.ts',
    'agents/relay-protocol.ts',
    'agents/task-protocol.ts',
    'agents/sealed-box.ts',
    'agents/injection-protocol.ts',
    'agents/ecm-protocol.ts',
    'agents/ecm-questions.ts',
    'agents/handshake.ts',
    'agents/wire-fields.ts',
  ],
  integrations: ['integrations', 'appliance'],
  cron: ['cron', 'appliance'],
  agents: ['agents', 'appliance'],
  ecm: ['ecm', 'agents', 'appliance'],
  // What plug-ins are made of is copied to other machines, and they know nothing else.
  'ecm/sdk': ['ecm/sdk'],
  'ecm/plugins': ['ecm/plugins', 'ecm/sdk'],
  // Programs that speak the public API know the types generated from the contract, and rules that need no server.
  cli: ['cli', 'appliance', 'api/generated', 'agents', 'ecm'],
  ui: ['ui', 'api/generated', 'agents/relay-protocol.ts'],
  // Joins the others; nobody but main.ts, tests and measurements knows it.
  server: ['server', 'api', 'appliance', 'schema', 'integrations', 'cron', 'agents', 'config.ts'],
};

/** Commands that run on the server's own machine, beside or instead of it. */
const HOST_COMMANDS = [
  'cli/admin-recover.ts',
  'cli/db-backup.ts',
  'cli/db-upgrade.ts',
  'cli/vault-backup-key.ts',
  'cli/vault-restore-key.ts',
  'cli/vault-rotate-key.ts',
  // What they share.
  'cli/host-database.ts',
];
const HOST_COMMANDS_MAY_IMPORT = ['cli', 'schema', 'appliance', 'integrations', 'config.ts'];

/** The outside world as it must not appear in the product's rules. */
const PACKAGES_OF_APPLIANCE =
  /^(node:(crypto|buffer|util|timers\/promises|events|stream|stream\/promises|net|string_decoder|async_hooks)|ipaddr\.js|temporal-polyfill)$/;

interface Import {
  file: string;
  target: string;
}

describe('imports', () => {
  it.each(Object.keys(MAY_IMPORT))('of %s follow the arrows', (folder) => {
    const wrong = importsUnder(folder)
      .filter(({ target }) => isProjectFile(target))
      .filter(({ file, target }) => !allowed(file, folder).some((prefix) => within(target, prefix)))
      .map(({ file, target }) => `${file} imports ${target}`);
    expect(wrong).toEqual([]);
  });

  it('of appliance name no HTTP, SQL, XML or vendor library', () => {
    const wrong = importsUnder('appliance')
      .filter(({ target }) => !isProjectFile(target) && !PACKAGES_OF_APPLIANCE.test(target))
      .map(({ file, target }) => `${file} imports ${target}`);
    expect(wrong).toEqual([]);
  });

  it('reach the database library from schema alone', () => {
    const wrong = Object.keys(MAY_IMPORT)
      .filter((folder) => folder !== 'schema')
      .flatMap(importsUnder)
      .filter(({ target }) => target === 'postgres')
      .map(({ file }) => file);
    expect(wrong).toEqual([]);
  });
});

describe('logs', () => {
  it('are made in one place, which keeps secrets out of them', () => {
    const programs = ['main.ts', 'config.ts', ...Object.keys(MAY_IMPORT).flatMap(filesUnder)];
    const makers = programs.filter((file) => /\bpino\(/.test(readFileSync(join(ROOT, file), 'utf8')));
    expect([...new Set(makers)]).toEqual(['agents/log/program-log.ts']);
  });
});

describe('names', () => {
  it('of files are kebab-case and say what is inside', () => {
    const wrong = Object.keys(MAY_IMPORT)
      .flatMap((folder) => filesUnder(folder))
      .filter(
        (file) =>
          !/^[a-z0-9]+(-[a-z0-9]+)*(\.(test|d|config))?\.tsx?$/.test(file.split('/').at(-1) ?? '') ||
          /\/(utils?|helpers?|common|misc)\.ts$/.test(file),
      );
    expect(wrong).toEqual([]);
  });

  it('are exported by name, so that one search finds them', () => {
    const wrong = Object.keys(MAY_IMPORT)
      .flatMap((folder) => filesUnder(folder))
      .filter((file) => !file.endsWith('.config.ts'))
      .filter((file) => /^export default\b/m.test(readFileSync(join(ROOT, file), 'utf8')));
    expect(wrong).toEqual([]);
  });
});

describe('the lock file', () => {
  it('names the packages of every platform, without which "npm ci" stops', () => {
    const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>;
    };
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies }]) =>
      Object.keys(optionalDependencies ?? {}).filter(
        (name) => !(`node_modules/${name}` in packages || `${path}/node_modules/${name}` in packages),
      ),
    );
    expect(missing).toEqual([]);
  });
});

function allowed(file: string, folder: string): string[] {
  return HOST_COMMANDS.includes(file) ? HOST_COMMANDS_MAY_IMPORT : (MAY_IMPORT[folder] as string[]);
}

function within(target: string, prefix: string): boolean {
  return target === prefix || target.startsWith(`${prefix}/`);
}

function isProjectFile(target: string): boolean {
  return target.includes('/') && existsSync(join(ROOT, target.split('/')[0] as string));
}

function importsUnder(folder: string): Import[] {
  return filesUnder(folder).flatMap((file) =>
    specifiersOf(readFileSync(join(ROOT, file), 'utf8')).map((specifier) => ({
      file,
      target: specifier.startsWith('.') ? relative(ROOT, resolve(ROOT, dirname(file), specifier)) : specifier,
    })),
  );
}

/** Every `from '...'`, `import '...'` and `import('...')`. */
function specifiersOf(text: string): string[] {
  return [
    ...text.matchAll(
      /^(?:import|export)\b[^'"`;]*?from\s+['"]([^'"]+)['"]|^import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm,
    ),
  ].map((match) => (match[1] ?? match[2] ?? match[3]) as string);
}

function filesUnder(folder: string): string[] {
  const directory = join(ROOT, folder);
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .sort();
}
