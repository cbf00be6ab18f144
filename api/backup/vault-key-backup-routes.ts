import express, { type Request, type Response, Router } from 'express';
import { ApplianceError, invalidField } from '../../appliance/errors.ts';
import type { KeyBackupService } from '../../appliance/vault/keys/key-backup-service.ts';
import { actorOf } from '../access/access-gate.ts';
import { route } from '../access/route-table.ts';

const BODY_LIMIT = '4kb';

/**
 * `POST /api/backup/vault`, and GET as the backup API has it, both with a JSON body `{"password": "..."}`: the keys of
 * the site, encrypted with that password, as an attachment.
 */
export function vaultKeyBackupRoutes(backups: KeyBackupService): Router {
  const router = Router();
  const anyBody = express.text({ type: () => true, limit: BODY_LIMIT, defaultCharset: 'utf-8' });
  const answer = async (req: Request, res: Response): Promise<void> => {
    const { text, fingerprint, createdAt } = await backups.backUp(actorOf(req), passwordIn(req.body));
    const name = `vault-key-${fingerprint.slice(0, 8)}-${createdAt.toISOString().slice(0, 10)}.json`;
    res
      .set('Cache-Control', 'no-store')
      .set('Content-Disposition', `attachment; filename="${name}"`)
      .type('application/json')
      .send(text);
  };
  for (const method of ['get', 'post'] as const) {
    route(router, method, '/api/backup/vault', 'api-account', anyBody, answer);
  }
  return router;
}

function passwordIn(body: unknown): string {
  const fields = typeof body === 'string' && body.trim() !== '' ? parsed(body) : {};
  const unknown = Object.keys(fields).find((name) => name !== 'password');
  if (unknown !== undefined) throw invalidField(unknown, `There is no field "${unknown.slice(0, 64)}".`);
  const { password } = fields;
  if (typeof password === 'string') return password;
  throw invalidField('password', 'Give a password in the JSON body: {"password": "..."}.');
}

function parsed(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {
    // Told below.
  }
  throw new ApplianceError('invalid', 'The body must be a JSON object.');
}
