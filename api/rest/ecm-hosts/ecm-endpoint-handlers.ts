import type { EcmEndpointService } from '../../../appliance/ecm/ecm-endpoint-service.ts';
import { personOf } from '../../access/access-gate.ts';
import type { Handlers } from '../../contract/handlers.ts';

/** Systems that credential managers know. */
export function ecmEndpointHandlers({ endpoints }: { endpoints: EcmEndpointService }): Partial<Handlers> {
  return {
    'api.config.ecm-endpoint.kind.index': async (req, res) => {
      res.json({ kinds: await endpoints.kinds(personOf(req)) });
    },
    'api.config.ecm-endpoint.index': async (req, res) => {
      const gone = new AbortController();
      res.once('close', () => gone.abort());
      const { items, truncated, problems } = await endpoints.search(
        personOf(req),
        req.query.search ?? '',
        gone.signal,
      );
      res.json({
        items: items.map(({ port, ...endpoint }) => ({ ...endpoint, port: port ?? null })),
        truncated,
        problems,
      });
    },
  };
}
