import type { EventParty, SessionEvent } from '../../../appliance/sessions/session-event.ts';
import { type XmlElement, xml, xmlBody } from '../xml-renderer.ts';
import type { ReportLinks } from './report-links.ts';
import { wholeSeconds } from './report-time.ts';

/** One `<event>` of `session_details`. */
export function eventElement(event: SessionEvent, links: ReportLinks): XmlElement {
  const attributes = { timestamp: wholeSeconds(event.occurredAt), event_type: event.type };
  const children = [
    ...partyElement('performed_by', event.performedBy),
    ...partyElement('destination', event.destination),
    ...(event.body === undefined ? [] : [xmlBody(event.body)]),
    ...dataElement(event, links),
  ];
  return children.length === 0 ? xml('event', attributes) : xml('event', attributes, children);
}

function partyElement(name: string, party: EventParty | undefined): XmlElement[] {
  return party === undefined ? [] : [xml(name, { type: party.type, gsnumber: party.gsnumber }, party.name)];
}

function dataElement(event: SessionEvent, links: ReportLinks): XmlElement[] {
  const values = [...(event.data ?? []), ...linkValues(event, links)];
  if (values.length === 0) return [];
  return [
    xml(
      'data',
      values.map(({ name, value }) => xml('value', { name, value })),
    ),
  ];
}

function linkValues(event: SessionEvent, links: ReportLinks): { name: string; value: string }[] {
  if (event.type !== 'Command Shell Session Started') return [];
  const instance = Number(event.data?.find(({ name }) => name === 'instance')?.value);
  if (!Number.isInteger(instance)) return [];
  return [
    { name: 'download_url', value: links.commandShellDownload(event.lsid, instance) },
    { name: 'view_url', value: links.commandShellView(event.lsid, instance) },
  ];
}
