// Serves the contract with every path repeated the number of times given, each operation answering a constant, so
// that bench/rest.ts sees what finding and checking an operation costs. Prints its port.
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import express, { type Request, type Response } from 'express';
import { pino } from 'pino';
import { parse, stringify } from 'yaml';
import { ContractDocument } from '../../api/contract/contract-document.ts';
import { contractRouter } from '../../api/contract/contract-router.ts';

const times = Number(process.argv[2]);
const root = parse(readFileSync(new URL('../../openapi.yaml', import.meta.url), 'utf8')) as {
  paths: Record<string, object>;
};
const paths = Object.entries(root.paths).filter(([, item]) => !('$ref' in item));
root.paths = Object.fromEntries(
  Array.from({ length: times }).flatMap((_, copy) =>
    paths.map(([path, item]) => [copy === 0 ? path : `/copy-${copy}${path}`, item]),
  ),
);
const document = new ContractDocument(stringify(root, { aliasDuplicateObjects: false }));
const answer = (_req: Request, res: Response) => {
  res.json({ id: 1 });
};
const app = express();
app.disable('etag');
app.use(
  contractRouter({
    document,
    handlers: Object.fromEntries(document.operations.map(({ operationId }) => [operationId, answer])),
    gate: () => (_req, _res, next) => next(),
    basePath: '/api/config/v1',
    publicUrl: 'http://127.0.0.1',
    log: pino({ level: 'silent' }),
  }),
);
const server = app.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port} ${document.operations.length}\n`);
});
process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
});
