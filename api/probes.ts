import { Router } from 'express';
import type { Registry } from 'prom-client';
import { route } from './access/route-table.ts';

export interface ProbeParts {
  metrics: Registry;
  /** Resolves when the database answers; rejects otherwise. */
  pingDatabase: () => Promise<void>;
  /** False from the moment the server is asked to stop. */
  accepting: () => boolean;
  /** Whether `/metrics` may be read from this address: loopback only, it is not public. */
  mayReadMetrics: (remoteAddress: string) => boolean;
}

/** `/healthz`: the process runs. `/readyz` and `/check_health`: it can serve. `/metrics`: Prometheus, not public. */
export function probeRoutes(parts: ProbeParts): Router {
  const router = Router();
  route(router, 'get', '/healthz', 'public', (_req, res) => {
    res.type('text/plain').send('ok\n');
  });
  route(router, 'get', '/readyz', 'public', async (_req, res) => {
    const problem = await readinessProblem(parts);
    res
      .status(problem === undefined ? 200 : 503)
      .type('text/plain')
      .send(`${problem ?? 'ready'}\n`);
  });
  // The published probe answers 200 or 500 with a short text.
  route(router, 'get', '/check_health', 'public', async (_req, res) => {
    const problem = await readinessProblem(parts);
    res
      .status(problem === undefined ? 200 : 500)
      .type('text/plain')
      .send(problem === undefined ? '1\n' : `0: ${problem}\n`);
  });
  route(router, 'get', '/metrics', 'own-credential', async (req, res) => {
    if (
      !parts.mayReadMetrics(req.socket.remoteAddress ?? '') ||
      req.headers['x-forwarded-for'] !== undefined
    ) {
      res.status(403).type('text/plain').send('Metrics are read from the host itself.\n');
      return;
    }
    res.type(parts.metrics.contentType).send(await parts.metrics.metrics());
  });
  return router;
}

async function readinessProblem(parts: ProbeParts): Promise<string | undefined> {
  if (!parts.accepting()) return 'the server is stopping';
  try {
    await parts.pingDatabase();
    return undefined;
  } catch {
    return 'the database does not answer';
  }
}
