import { rmSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { databaseServerDirectory, startDatabaseServer } from './database-server.ts';
import { makeTemplate, type TestDatabaseServer } from './test-database.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    databaseServer: TestDatabaseServer;
  }
}

/**
 * One PostgreSQL for the whole run: the embedded one, or the external one of TEST_DATABASE_URL (a superuser's URL).
 * The project "other-postgresql" has a second one, of the programs in TEST_POSTGRESQL_PROGRAMS.
 * A template is migrated once; every test file works on a clone of it.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const other = project.name === 'other-postgresql' ? process.env.TEST_POSTGRESQL_PROGRAMS : undefined;
  const url = other === undefined ? process.env.TEST_DATABASE_URL : undefined;
  const directory = databaseServerDirectory();
  const running = url === undefined ? await startDatabaseServer(directory, other) : undefined;
  const undo = async () => {
    await running?.stop();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const { server, dropTemplate } = await makeTemplate(running?.superuser ?? (url as string));
    project.provide('databaseServer', server);
    return async () => {
      await dropTemplate();
      await undo();
    };
  } catch (error) {
    await undo();
    throw error;
  }
}
