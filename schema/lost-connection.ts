import { ApplianceError } from '../appliance/errors.ts';

const LOST = /^(08|57P0)|^(ECONN|EPIPE|CONNECTION_)/;

/**
 * Runs the work of a transaction or savepoint. When the connection is lost the promise never settles: the driver would
 * roll back over the lost connection, which ends the process, while whoever began the transaction hears of the loss
 * from the driver itself.
 */
export async function unlessConnectionIsLost<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isConnectionLost(error)) return await new Promise<never>(() => {});
    throw error;
  }
}

function isConnectionLost(error: unknown): boolean {
  if (error instanceof ApplianceError) return error.code === 'unavailable' && isConnectionLost(error.cause);
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && LOST.test(code);
}
