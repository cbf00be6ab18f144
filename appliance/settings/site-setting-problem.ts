import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { restrictionProblem } from '../access/network-restriction.ts';
import { type ApplianceError, invalidField } from '../errors.ts';
import { isTimeZone } from '../time-zone.ts';
import type { SiteSettings } from './site-settings.ts';

/** Why settings cannot work together, or undefined. Lengths and ranges of single ones are the contract's. */
export function siteSettingProblem(settings: SiteSettings): ApplianceError | undefined {
  if (!isTimeZone(settings.time_zone)) {
    return invalidField('time_zone', 'This is not the name of a time zone, such as Europe/Vienna.');
  }
  for (const name of ['xml_namespace_command', 'xml_namespace_reporting'] as const) {
    if (!/^[a-z][a-z0-9+.-]*:[^\s<>"']+$/i.test(settings[name])) {
      return invalidField(name, 'A namespace is a URI, such as https://www.example.com/namespaces/API.');
    }
  }
  if (settings.rate_limit_per_hour < settings.rate_limit_per_second) {
    return invalidField('rate_limit_per_hour', 'The limit of an hour cannot be below the limit of a second.');
  }
  const bad = settings.outbound_private_ranges.find((range) => !isNetwork(range));
  if (bad !== undefined) {
    return invalidField(
      'outbound_private_ranges',
      `“${bad}” is neither an address nor a network such as 10.20.0.0/16 or fd00:1::/32.`,
    );
  }
  return signInProblem(settings) ?? ticketSystemProblem(settings);
}

function signInProblem(settings: SiteSettings): ApplianceError | undefined {
  if (settings.login_agreement_enabled && settings.login_agreement_text.trim() === '') {
    return invalidField('login_agreement_text', 'Write the agreement that people have to accept.');
  }
  for (const who of ['administrator', 'representative'] as const) {
    const problem = restrictionProblem({
      mode: settings[`${who}_network_restriction`],
      networks: settings[`${who}_networks`],
    });
    if (problem !== undefined) return invalidField(`${who}_networks`, problem);
  }
  return undefined;
}

function ticketSystemProblem(settings: SiteSettings): ApplianceError | undefined {
  const { ticket_system_url: text, ticket_system_ca_certificates: certificates } = settings;
  if (text !== '') {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '' || url.hash !== '') {
      return invalidField(
        'ticket_system_url',
        'A ticket system is called by https, as in https://tickets.example.com/approve; a user name or password cannot be part of its address.',
      );
    }
  }
  if (certificates !== '' && !areCertificates(certificates)) {
    return invalidField('ticket_system_ca_certificates', 'These are not certificates in PEM form.');
  }
  return undefined;
}

/** One or more certificates in PEM and nothing else: a private key pasted along would be kept in the clear. */
export function areCertificates(text: string): boolean {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0 || blocks.reduce((rest, block) => rest.replace(block, ''), text).trim() !== '')
    return false;
  return blocks.every((block) => {
    try {
      return new X509Certificate(block).subject !== undefined;
    } catch {
      return false;
    }
  });
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32));
}
