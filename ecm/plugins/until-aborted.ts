/**
 * The result, or the reason of the signal as soon as it is aborted. The work itself goes on, for what a store has made or
 * lent must be known to be given back: a result that comes too late goes to `late`.
 */
export async function untilAborted<T>(
  work: Promise<T>,
  signal: AbortSignal,
  late: (result: T) => Promise<void>,
): Promise<T> {
  return await new Promise<T>((resolve, reject) => {
    const abort = () => {
      work.then(late).catch(() => {});
      reject(signal.reason);
    };
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
