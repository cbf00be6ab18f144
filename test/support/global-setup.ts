import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startDatabaseServer } from './database-server.ts';
import { makeTemplate, type TestDatabaseServer } from './test-database.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    databaseServer: TestDatabaseServer;
  }
}

/**
 * One PostgreSQL for the whole run: the embedded one, or the external one of TEST_DATABASE_URL (a superuser's URL).
 * A template is migrated once; every test file works on a clone of it.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const url = process.env.TEST_DATABASE_URL;
  const directory = mkdtempSync(join(tmpdir(), 'bridgehead-tests-'));
  const running = url === undefined ? await startDatabaseServer(directory) : undefined;
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
