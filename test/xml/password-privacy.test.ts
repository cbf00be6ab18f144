import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { requestLog } from '../../api/request-log.ts';

it('keeps query strings out of the log, since older callers put passwords there', async () => {
  const lines: string[] = [];
  const app = express();
  app.use(requestLog(pino({}, { write: (line: string) => lines.push(line) }), new Registry()));
  app.use((_req, res) => {
    res.end('ok');
  });
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await fetch(`${url}/api/command.ns?username=admin&password=hunter2&action=check_health`);
  await expect.poll(() => lines.join()).toContain('/api/command.ns');
  server.close();
  expect(lines.join()).not.toContain('hunter2');
  expect(lines.join()).not.toContain('username');
});
