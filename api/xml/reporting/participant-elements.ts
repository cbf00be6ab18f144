import type { SessionParticipant } from '../../../appliance/sessions/support-session.ts';
import { type XmlElement, xml } from '../xml-renderer.ts';
import { wholeSeconds } from './report-time.ts';

/** What is not known is said so, in the word collectors know. */
const UNKNOWN = 'Unknown';
/** Collectors split at the colon and take both halves, so an unknown address has both. */
const UNKNOWN_ADDRESS = '0.0.0.0:0';

/** The name a participant goes by in lists and summaries. */
export function nameOf(participant: SessionParticipant): string {
  return participant.publicDisplayName || participant.username;
}

/** A person or machine that was helped. With a jump that is the Jump Item. */
export function customerElement(customer: SessionParticipant, primary: boolean): XmlElement {
  return xml('customer', { gsnumber: customer.gsnumber }, [
    xml('username', customer.username),
    xml('public_ip', customer.publicIp || UNKNOWN_ADDRESS),
    xml('private_ip', customer.privateIp || UNKNOWN),
    xml('hostname', customer.hostname),
    xml('os', customer.os || UNKNOWN),
    xml('primary_cust', primary ? 1 : 0),
    xml('info', [
      xml('name', ''),
      xml('company', ''),
      xml('company_code', ''),
      xml('issue', ''),
      xml('details', ''),
    ]),
  ]);
}

/** A representative, with the seconds spent in the session up to `until` or leaving it. */
export function representativeElement(
  representative: SessionParticipant,
  primary: boolean,
  until: Date,
): XmlElement {
  const { gsnumber, userId, joinedAt, leftAt } = representative;
  const seconds = wholeSeconds(leftAt ?? until) - wholeSeconds(joinedAt);
  return xml('representative', { gsnumber, id: userId ?? -1 }, [
    xml('username', representative.username),
    xml('display_name', nameOf(representative)),
    xml('public_display_name', nameOf(representative)),
    xml('private_display_name', representative.privateDisplayName || representative.username),
    xml('public_ip', representative.publicIp || UNKNOWN_ADDRESS),
    xml('private_ip', representative.privateIp || UNKNOWN),
    // A browser does not tell the name of its machine.
    ...(representative.hostname === '' ? [] : [xml('hostname', representative.hostname)]),
    xml('os', representative.os || UNKNOWN),
    xml('session_owner', representative.owner ? 1 : 0),
    xml('primary_rep', primary ? 1 : 0),
    xml('seconds_involved', Math.max(0, seconds)),
  ]);
}
