import { ApplianceError, invalidField } from '../../../appliance/errors.ts';
import { asciicast } from '../../../appliance/sessions/asciicast.ts';
import type { SessionService } from '../../../appliance/sessions/session-service.ts';
import { streamText } from '../text-stream.ts';
import type { XmlCall } from '../xml-api.ts';
import { nothingFound } from './report-list.ts';

/** Published word for word. */
const EXPIRED = 'This recording has expired and can no longer be viewed or downloaded.';

/**
 * Answers a recorded shell as an attachment in asciicast format, as far as it goes when the session still runs. The
 * viewing is on the audit log before the first byte leaves.
 */
export async function sendRecording(
  sessions: Pick<SessionService, 'show' | 'openRecording'>,
  call: XmlCall,
): Promise<void> {
  const { lsid, instance } = recordingOf(call);
  const { session, reader } = await openRecording(sessions, call, lsid, instance);
  call.res.set('Content-Disposition', `attachment; filename="${lsid}-${instance}.cast"`);
  // Not res.type: the format has no character set parameter.
  call.res.setHeader('Content-Type', 'application/x-asciicast');
  await streamText(call.res, asciicast(reader, session.jumpItemName));
}

function recordingOf({ parameters }: XmlCall): { lsid: string; instance: number } {
  const lsid = (parameters.get('lsid') ?? '').trim().toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(lsid)) {
    throw invalidField('lsid', 'The parameter lsid must have 32 hexadecimal digits.');
  }
  const instance = parameters.get('instance') || '0';
  if (!/^\d{1,9}$/.test(instance)) {
    throw invalidField('instance', 'The parameter instance must be a whole number from 0 up.');
  }
  return { lsid, instance: Number(instance) };
}

/** Tells a recording that never was from one that is known and no longer kept. */
async function openRecording(
  sessions: Pick<SessionService, 'show' | 'openRecording'>,
  { actor }: XmlCall,
  lsid: string,
  instance: number,
) {
  const view = await sessions.show(actor, lsid).catch(nothingWhenMissing);
  if (!view.recordings.some((recording) => recording.instance === instance)) throw nothingFound();
  try {
    return await sessions.openRecording(actor, lsid, instance);
  } catch (error) {
    if (isMissing(error)) throw new ApplianceError('not_found', EXPIRED);
    throw error;
  }
}

function nothingWhenMissing(error: unknown): never {
  throw isMissing(error) ? nothingFound() : error;
}

function isMissing(error: unknown): boolean {
  return error instanceof ApplianceError && error.code === 'not_found';
}
