import { destination } from 'pino';
import { programLog } from './agents/log/program-log.ts';
import { ConfigError, readConfig } from './config.ts';
import { loadSiteKey } from './integrations/files/site-key-file.ts';
import { startEmbeddedDatabase } from './schema/embedded/embedded-postgres.ts';
import { migrate } from './schema/migrate.ts';
import { siteIsMade } from './schema/site/pg-site.ts';
import type { DatabaseAddress } from './schema/sql.ts';
import { startServer } from './server/start-server.ts';

/** What has been started so far, newest last; undone in reverse order when the process stops or the start fails. */
const undo: (() => Promise<void>)[] = [];
// A write call for each line would cost a request more than its own work: lines collect until they fill a block or a
// moment has passed. What is left is flushed at the exit.
const logLines = destination({ sync: false, minLength: 4096 });
setInterval(() => logLines.flush(), 200).unref();
const log = programLog({ level: process.env['LOG_LEVEL'] ?? 'info', to: logLines });

async function start(): Promise<void> {
  const config = readConfig(process.env);
  const database = await openDatabase(config);
  await migrate({ owner: database.owner, runtime: database.runtime, log });
  const siteKey = loadSiteKey(config.siteKeyFile, await siteIsMade(database.runtime));
  const server = await startServer({ config, database, siteKey, log });
  undo.push(() => server.stop());
  // For a service: read the certificate again. For a server in a terminal: the terminal was closed.
  process.on('SIGHUP', () => (process.stdin.isTTY ? void stop(0) : server.reloadCertificate()));
  announce(config.publicUrl, server.url, server.generatedAdminPassword);
}

async function openDatabase(
  config: ReturnType<typeof readConfig>,
): Promise<{ owner: DatabaseAddress; runtime: DatabaseAddress }> {
  if (config.databaseUrl !== undefined) {
    return { runtime: config.databaseUrl, owner: config.databaseOwnerUrl ?? config.databaseUrl };
  }
  const embedded = await startEmbeddedDatabase({ dataDir: config.dataDir, log });
  undo.push(() => embedded.stop());
  return embedded;
}

/** For the person who typed the command; everything else the process says is a log line. */
function announce(publicUrl: string, url: string, generatedAdminPassword: string | undefined): void {
  const lines = [
    '',
    `Bridgehead is ready at ${publicUrl}`,
    `  administration  ${publicUrl}/login`,
    `  console         ${publicUrl}/console`,
  ];
  if (url !== publicUrl) lines.push(`  listening on    ${url}`);
  if (generatedAdminPassword !== undefined) {
    lines.push(
      '',
      `Sign in as admin with the password ${generatedAdminPassword}`,
      'It is shown this once; you choose your own at the first sign-in.',
    );
  }
  process.stdout.write(`${lines.join('\n')}\n\n`);
}

let stopping = false;
/** How long stopping may take after a failure that may stand in its way. */
const UNFORESEEN_STOP_MS = 20_000;

async function stop(code: number): Promise<never> {
  stopping = true;
  let exitCode = code;
  for (const step of undo.reverse()) {
    try {
      await step();
    } catch (error) {
      log.error({ err: error }, 'could not stop cleanly');
      exitCode = 1;
    }
  }
  process.exit(exitCode);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // A terminal sends the signal to the whole process group and npm passes it on once more.
    if (stopping) return;
    log.info({ signal }, 'stopping');
    void stop(0);
  });
}

// Nobody waits for it, so nothing depends on it: a line for the operator, not the end of every session carried here.
process.on('unhandledRejection', (err) => log.error({ err }, 'a step failed that nobody waited for'));
// What follows is unknown, so the process stops, but in good order: sessions end with their recordings.
process.on('uncaughtException', (err) => {
  log.fatal({ err }, 'an unforeseen failure: the server stops');
  setTimeout(() => process.exit(1), UNFORESEEN_STOP_MS).unref();
  if (!stopping) void stop(1);
});

try {
  await start();
} catch (error) {
  if (error instanceof ConfigError) process.stderr.write(`${error.message}\n`);
  else {
    log.fatal({ err: error }, 'could not start');
    process.stderr.write(
      `Bridgehead could not start: ${error instanceof Error ? error.message : String(error)}\n`,
    );
  }
  await stop(1);
}
