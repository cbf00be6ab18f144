import { lookup } from 'node:dns/promises';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DialledTarget, RefusedAddress, ShellAccess } from '../control-protocol.ts';
import { addressRefusal, hostNameRefusal } from './address-rules.ts';
import { ShellRefusal } from './remote-shell.ts';

const RESOLVE_TIMEOUT_MS = 10_000;
const CONNECT_TIMEOUT_MS = 12_000;

export interface DialRules {
  access: ShellAccess;
  refused: readonly RefusedAddress[];
}

/**
 * Connects to the target. Its name is resolved once; every address is checked, and the connection goes to a checked
 * address, so a name that changes between check and use gains nothing. Fails with `ShellRefusal`: `unreachable` in
 * words that tell a wrong name, a closed port and a silent host apart, `not-allowed` when no address may be dialled or
 * the name is an address in disguise.
 */
export async function dialTarget(
  target: DialledTarget,
  rules: DialRules,
  signal: AbortSignal,
  connectTimeoutMs = CONNECT_TIMEOUT_MS,
): Promise<Socket> {
  // An IPv6 address may be written in brackets, as in a URL.
  const name = target.hostname.replace(/^\[(.*)\]$/, '$1');
  const misleading = hostNameRefusal(name);
  if (misleading !== undefined) throw new ShellRefusal('not-allowed', misleading);
  const addresses = await resolve(name, signal);
  const refusals: string[] = [];
  const allowed = addresses.filter((address) => {
    const refusal = addressRefusal(address, target, rules.access, rules.refused);
    if (refusal) refusals.push(refusal);
    return !refusal;
  });
  if (!allowed.length)
    throw new ShellRefusal('not-allowed', refusals[0] ?? 'The target has no address to dial.');
  const timeout = Math.max(3_000, connectTimeoutMs / allowed.length);
  const deadline = Date.now() + connectTimeoutMs;
  let failure: unknown;
  for (const address of allowed) {
    const left = Math.min(timeout, connectTimeoutMs, deadline - Date.now());
    if (left <= 0) break;
    try {
      return await dial(address, target.port, left, signal);
    } catch (cause) {
      signal.throwIfAborted();
      failure = cause;
    }
  }
  throw new ShellRefusal('unreachable', unreachableText(target, failure), failure);
}

async function resolve(hostname: string, signal: AbortSignal): Promise<string[]> {
  const stop = new AbortController();
  const tooLate = sleep(RESOLVE_TIMEOUT_MS, undefined, {
    signal: AbortSignal.any([signal, stop.signal]),
  }).then(() => {
    throw new ShellRefusal('unreachable', `The name ${hostname} was not resolved within 10 seconds.`);
  });
  try {
    const found = await Promise.race([lookup(hostname, { all: true, order: 'verbatim' }), tooLate]);
    return [...new Set(found.map((one) => one.address))];
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof ShellRefusal) throw cause;
    const code = (cause as NodeJS.ErrnoException).code;
    throw new ShellRefusal(
      'unreachable',
      code === 'ENOTFOUND'
        ? `The Jumpoint does not know a host named ${hostname}.`
        : `The Jumpoint could not resolve ${hostname} (${code ?? 'unknown failure'}).`,
      cause,
    );
  } finally {
    tooLate.catch(() => undefined);
    stop.abort();
  }
}

function dial(host: string, port: number, timeoutMs: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolvePromise, reject) => {
    const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 });
    const settle = (failure?: Error) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.off('connect', onConnect).off('error', settle);
      if (failure) {
        // A late error of a socket that is given up must not end the process.
        socket.on('error', () => undefined).destroy();
        reject(failure);
      }
    };
    const onConnect = () => {
      settle();
      resolvePromise(socket);
    };
    const onAbort = () => settle(new Error('aborted'));
    const timer = setTimeout(
      () => settle(Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' })),
      timeoutMs,
    );
    signal.addEventListener('abort', onAbort);
    socket.on('connect', onConnect).on('error', settle);
    if (signal.aborted) onAbort();
  });
}

function unreachableText(target: DialledTarget, failure: unknown): string {
  const place = `${target.hostname} port ${target.port}`;
  const code = (failure as NodeJS.ErrnoException | undefined)?.code;
  switch (code) {
    case 'ECONNREFUSED':
      return `${place} refused the connection: nothing listens there, or a firewall rejects it.`;
    case 'ETIMEDOUT':
    case undefined:
      return `${place} did not answer in time.`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `The Jumpoint has no route to ${place}.`;
    case 'ECONNRESET':
      return `${place} reset the connection.`;
    default:
      return `${place} cannot be reached (${code}).`;
  }
}
