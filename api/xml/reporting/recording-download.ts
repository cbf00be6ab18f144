import { ApplianceError, invalidField } from '../../../appliance/errors.ts';
import type { RecordingViewer } from '../../../appliance/sessions/recording-viewer.ts';
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
  recordings: RecordingViewer,
  { actor, parameters, res }: XmlCall,
): Promise<void> {
  const lsid = (parameters.get('lsid') ?? '').trim().toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(lsid)) {
    throw invalidField('lsid', 'The parameter lsid must have 32 hexadecimal digits.');
  }
  const instance = parameters.get('instance') || '0';
  if (!/^\d{1,9}$/.test(instance)) {
    throw invalidField('instance', 'The parameter instance must be a whole number from 0 up.');
  }
  const recording = await recordings.view(actor, lsid, Number(instance));
  if (recording === 'unknown') throw nothingFound();
  if (recording === 'expired') throw new ApplianceError('not_found', EXPIRED);
  res.set('Content-Disposition', `attachment; filename="${lsid}-${Number(instance)}.cast"`);
  // Not res.type: the format has no character set parameter.
  res.setHeader('Content-Type', 'application/x-asciicast');
  await streamText(res, recording);
}
