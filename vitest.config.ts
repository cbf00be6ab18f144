import { defineConfig } from 'vitest/config';

const HOUSE_RULES = ['test/architecture.test.ts'];
/** Where SQL is what may fail. Tests in other folders ask the same statements again, in stories with other programs. */
const ON_EVERY_DATABASE = {
  include: ['schema', 'api', 'import', 'scim', 'sessions', 'xml'].map(
    (folder) => `test/${folder}/**/*.test.ts`,
  ),
  // Sockets of Jumpoints and representatives.
  exclude: ['test/api/realtime/**'],
};

/** Programs of another PostgreSQL (e.g. /usr/lib/postgresql/15/bin) to run the database tests on a second time. */
const otherPostgresql = process.env.TEST_POSTGRESQL_PROGRAMS;

const onDatabase = {
  globalSetup: ['test/support/global-setup.ts'],
  setupFiles: ['test/support/keep-compiled.ts'],
};

export default defineConfig({
  test: {
    pool: 'forks',
    // Tests wait for other programs more than they compute, so two fill two processors well.
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    projects: [
      { extends: true, test: { name: 'house', include: HOUSE_RULES } },
      {
        extends: true,
        test: {
          name: 'bridgehead',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: HOUSE_RULES,
          ...onDatabase,
        },
      },
      ...(otherPostgresql
        ? [
            {
              extends: true as const,
              test: { name: 'other-postgresql', ...ON_EVERY_DATABASE, ...onDatabase },
            },
          ]
        : []),
    ],
  },
});
