import { type CredentialPackage, PluginError } from '../../sdk/plugin.ts';
import { isRecord, pathSegment } from '../http.ts';
import { tidyPrivateKey } from '../private-keys.ts';
import type { SecretServer } from './secret-server.ts';

export const SECRET_FIELDS = ['username', 'domain', 'password', 'privateKey', 'passphrase'] as const;

export interface AccessOptions {
  /** Slugs of the fields, by what they are. */
  fields: Readonly<Record<string, string>>;
  /** For secrets that ask for one. */
  comment: string | undefined;
  signal: AbortSignal;
}

/** Whether the secret was checked out for this, and so must be checked in. */
export interface OpenedSecret {
  credential: CredentialPackage;
  checkedOut: boolean;
}

export async function openSecret(
  server: SecretServer,
  id: string,
  options: AccessOptions,
): Promise<OpenedSecret> {
  const { signal } = options;
  const summary = await server.ask({ method: 'GET', path: `/secrets/${id}/summary`, signal });
  if (!isRecord(summary)) throw nothing();
  const comment =
    summary.requiresComment === true || summary.requiresApproval === true ? options.comment : undefined;
  const checkedOut = summary.checkOutEnabled === true;
  if (checkedOut) await checkOut(server, id, comment, signal);
  try {
    return { credential: await readSecret(server, id, comment, options), checkedOut };
  } catch (error) {
    if (checkedOut) await checkIn(server, id, AbortSignal.timeout(10_000)).catch(() => {});
    throw error;
  }
}

/**
 * Only when nobody has it: the plug-in's own user stands for many people, so that its check-out is somebody else's as
 * well as any other.
 */
async function checkOut(server: SecretServer, id: string, comment: string | undefined, signal: AbortSignal) {
  const state = await server.ask({ method: 'GET', path: `/secrets/${id}/state`, signal });
  if (isRecord(state) && state.isCheckedOut === true) {
    throw new PluginError('in_use', 'Somebody else has checked this secret out.');
  }
  if (comment !== undefined) {
    const path = `/secret-access-requests/secrets/${id}/view-comment`;
    await server.ask({ method: 'POST', path, json: { comment }, signal });
  }
  await server.ask({ method: 'POST', path: `/secrets/${id}/check-out`, signal });
}

/** What is checked in already, or is gone, is no failure. */
export async function checkIn(server: SecretServer, id: string, signal: AbortSignal): Promise<void> {
  try {
    await server.ask({ method: 'POST', path: `/secrets/${id}/check-in`, json: {}, signal });
  } catch (error) {
    const state = await server
      .ask({ method: 'GET', path: `/secrets/${id}/state`, signal })
      .catch(() => undefined);
    if (!isRecord(state) || state.isCheckedOutByCurrentUser !== false) throw error;
  }
}

async function readSecret(
  server: SecretServer,
  id: string,
  comment: string | undefined,
  { fields, signal }: AccessOptions,
): Promise<CredentialPackage> {
  const secret = await server.ask(
    comment === undefined
      ? { method: 'GET', path: `/secrets/${id}`, signal }
      : { method: 'POST', path: `/secrets/${id}/restricted`, json: { comment }, signal },
  );
  const items = isRecord(secret) && Array.isArray(secret.items) ? secret.items.filter(isRecord) : undefined;
  if (items === undefined) throw nothing();
  const found: CredentialPackage = {};
  for (const what of SECRET_FIELDS) {
    const item = items.find(({ slug }) => slug === fields[what]);
    if (item === undefined) continue;
    const text = item.isFile === true ? await fileOf(server, id, item, comment, signal) : item.itemValue;
    if (typeof text === 'string' && text !== '')
      found[what] = what === 'privateKey' ? tidyPrivateKey(text) : text;
  }
  if (found.password === undefined && found.privateKey === undefined) {
    throw new PluginError(
      'not_found',
      'The secret has neither a password nor a private key in the fields of the settings.',
    );
  }
  return found;
}

/** The value of a file's item is a mark; the file itself is asked for by its slug. */
async function fileOf(
  server: SecretServer,
  id: string,
  item: Record<string, unknown>,
  comment: string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (typeof item.fileAttachmentId !== 'number' || item.fileAttachmentId <= 0) return undefined;
  const slug = pathSegment(String(item.slug));
  return await server.askText(
    comment === undefined
      ? { method: 'GET', path: `/secrets/${id}/fields/${slug}`, signal }
      : { method: 'POST', path: `/secrets/${id}/restricted/fields/${slug}`, json: { comment }, signal },
  );
}

function nothing(): PluginError {
  return new PluginError('not_found', 'Secret Server has no such secret any longer.');
}
