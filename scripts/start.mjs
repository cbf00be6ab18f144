// `npm start`: installs and builds what is missing, then runs the server until it is told to stop.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureInstalled, exitCodeOf, root, run, runtime } from './toolchain.mjs';

await ensureInstalled();
const built = await run(runtime, [join(root, 'scripts/build.mjs'), '--if-changed']);
if (built !== 0) process.exit(built);

const server = spawn(runtime, [join(root, 'main.ts'), ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
// A terminal signals the whole group, a supervisor perhaps this process alone; the server takes the second of two as
// no news. This process stays until the server has stopped, database included.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => server.kill(signal));
// npm passes a signal of its own to the shell between it and this process, which dies of it without a word.
if (process.env.npm_lifecycle_event !== undefined) {
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && server.kill('SIGTERM'), 500).unref();
}
server.once('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
server.once('exit', (code, signal) => process.exit(code ?? exitCodeOf(signal)));
