import { Worker } from 'node:worker_threads';

/**
 * Runs beside the plug-in, so that a plug-in that keeps its thread busy for ever ends too when its host is gone: then
 * descriptor 4 closes. The thread that runs the plug-in gets a moment to end in good order first.
 */
const WATCH = `
const { Socket } = require('node:net');
const GRACE_MS = 3000;
const pipe = new Socket({ fd: 4, readable: true, writable: false });
pipe.on('error', () => {});
pipe.on('close', () => setTimeout(() => {
  try {
    process.kill(-process.pid, 'SIGKILL');
  } catch {
    process.kill(process.pid, 'SIGKILL');
  }
}, GRACE_MS));
pipe.resume();
`;

export function watchHost(): void {
  const worker = new Worker(WATCH, {
    eval: true,
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 },
  });
  worker.unref();
}

/** Ends this process and those that the plug-in has started. Nobody else does when the host is gone. */
export function endGroup(): never {
  try {
    process.kill(-process.pid, 'SIGKILL');
  } catch {
    // There are no groups on this system.
  }
  process.exit(0);
}
