import type { Actor, CommandLevel } from '../../../appliance/actor.ts';
import { ApplianceError, invalidField } from '../../../appliance/errors.ts';
import type { XmlElement } from '../xml-renderer.ts';
import type { XmlParameters } from '../xml-request.ts';

export interface CommandCall {
  actor: Actor;
  parameters: XmlParameters;
}

/** One action of the command API: who may call it, and what it answers. */
export interface CommandAction {
  level: Exclude<CommandLevel, 'deny'>;
  /** The root element. Fails with any ApplianceError, whose message the caller reads. */
  run(call: CommandCall): Promise<XmlElement> | XmlElement;
}

/** How far a caller may go: an API account by its permission, an administrator (older sites' way in) everywhere. */
export function commandLevelOf(actor: Actor): CommandLevel {
  if (actor.kind === 'api_account') return actor.commandLevel;
  return actor.kind === 'user' && actor.administrator ? 'full_access' : 'deny';
}

/** Fails with `forbidden` when the caller's level does not reach. */
export function requireCommandLevel(actor: Actor, level: CommandAction['level']): void {
  const has = commandLevelOf(actor);
  if (has === 'deny') throw new ApplianceError('forbidden', 'This account may not use the command API.');
  if (level === 'full_access' && has !== 'full_access') {
    throw new ApplianceError(
      'forbidden',
      'This action needs full access to the command API; this account may only read.',
    );
  }
}

const LSID = /^[0-9a-fA-F]{32}$/;

/** The `lsid` parameter in small letters. Fails with `invalid`. */
export function lsidOf(parameters: XmlParameters): string {
  const lsid = parameters.get('lsid') ?? '';
  if (lsid === '') throw invalidField('lsid', 'The parameter lsid is missing.');
  if (!LSID.test(lsid)) throw invalidField('lsid', 'The parameter lsid must have 32 hexadecimal digits.');
  return lsid.toLowerCase();
}
