import type { SessionReport } from '../../../appliance/sessions/session-report.ts';
import type { SessionParticipant, SupportSession } from '../../../appliance/sessions/support-session.ts';
import { type XmlElement, xml } from '../xml-renderer.ts';
import { eventElement } from './event-element.ts';
import { customerElement, nameOf, representativeElement } from './participant-elements.ts';
import type { ReportLinks } from './report-links.ts';
import { durationText, timeElement, wholeSeconds } from './report-time.ts';

/**
 * One `<session>` of the session report. Elements come in the published order, also those that are empty, because
 * collectors take them by position or without asking whether they are there.
 */
export function sessionElement(report: SessionReport, links: ReportLinks, now: Date): XmlElement {
  const { session, participants, events, attributes } = report;
  const until = session.endedAt ?? now;
  const customers = participants.filter(({ role }) => role === 'customer');
  const representatives = participants.filter(({ role }) => role === 'representative');
  const primary = representatives.find(({ owner }) => owner) ?? representatives[0];
  const count = (...types: string[]) => events.filter(({ type }) => types.includes(type)).length;

  return xml('session', { lsid: session.lsid }, [
    xml('session_type', 'support'),
    xml('lseq', session.lseq),
    timeElement('start_time', session.startedAt),
    session.endedAt === undefined ? xml('end_time', '') : timeElement('end_time', session.endedAt),
    xml('duration', durationText(session.startedAt, until)),
    ...jumpointElement(session),
    xml('public_site', { id: session.publicSiteId }, session.publicSiteName),
    xml('external_key', session.externalKey),
    xml(
      'custom_attributes',
      attributes.map(({ displayName, codeName, value }) =>
        xml('custom_attribute', { display_name: displayName, code_name: codeName }, value),
      ),
    ),
    ...recordingElements(report, links),
    xml('file_transfer_count', count('File Upload', 'File Download')),
    xml('file_move_count', count('File Moved')),
    xml('file_delete_count', count('File Deleted')),
    ...primaryCustomer(customers[0]),
    ...jumpGroupElement(session),
    ...primaryRepresentative(primary),
    xml(
      'customer_list',
      customers.map((customer) => customerElement(customer, customer === customers[0])),
    ),
    xml(
      'rep_list',
      representatives.map((representative) =>
        representativeElement(representative, representative === primary, until),
      ),
    ),
    xml('team_list', []),
    xml('cust_survey_list', []),
    xml('rep_survey_list', []),
    xml(
      'session_details',
      events.map((event) => eventElement(event, links)),
    ),
  ]);
}

function jumpointElement(session: SupportSession): XmlElement[] {
  if (session.jumpointName === undefined) return [];
  return [xml('jumpoint', { id: session.jumpointId ?? -1 }, session.jumpointName)];
}

function jumpGroupElement(session: SupportSession): XmlElement[] {
  if (session.jumpGroupType === undefined) return [];
  return [
    xml(
      'jump_group',
      { type: session.jumpGroupType, id: session.jumpGroupId ?? -1 },
      session.jumpGroupName ?? '',
    ),
  ];
}

function recordingElements({ session, recordings }: SessionReport, links: ReportLinks): XmlElement[] {
  if (recordings.length === 0) return [];
  return [
    xml(
      'command_shell_recordings',
      recordings.map(({ instance }) =>
        xml('command_shell_recording', { instance }, [
          xml('download_url', links.commandShellDownload(session.lsid, instance)),
          xml('view_url', links.commandShellView(session.lsid, instance)),
        ]),
      ),
    ),
  ];
}

function primaryCustomer(customer: SessionParticipant | undefined): XmlElement[] {
  if (customer === undefined) return [];
  return [xml('primary_customer', { gsnumber: customer.gsnumber }, nameOf(customer))];
}

function primaryRepresentative(representative: SessionParticipant | undefined): XmlElement[] {
  if (representative === undefined) return [];
  const { gsnumber, userId, joinedAt } = representative;
  return [
    xml('primary_rep', { gsnumber, id: userId ?? -1 }, nameOf(representative)),
    timeElement('rep_join_time', new Date(wholeSeconds(joinedAt) * 1000)),
  ];
}
