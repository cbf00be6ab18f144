import type { ContractDocument } from './contract-document.ts';
import type { Handlers } from './handlers.ts';

/** The contract answers for itself. */
export function documentHandlers(document: ContractDocument): Partial<Handlers> {
  return {
    'api.config.spec': (_req, res) => {
      res.setHeader('Content-Type', 'application/yaml; charset=utf-8');
      res.send(document.text);
    },
  };
}
