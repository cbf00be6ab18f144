import type { Actor, ApiPermission } from '../../../appliance/actor.ts';
import type { Clock } from '../../../appliance/clock.ts';
import { ApplianceError } from '../../../appliance/errors.ts';
import { type ReportQuery, reportCriteria } from '../../../appliance/sessions/report-window.ts';
import type { ReportCriteria, SessionReports } from '../../../appliance/sessions/session-report.ts';
import type { SessionService } from '../../../appliance/sessions/session-service.ts';
import type { SessionSight } from '../../../appliance/sessions/session-sight.ts';
import type { VaultActivityService } from '../../../appliance/vault/vault-activity-service.ts';
import type { XmlApi, XmlCall } from '../xml-api.ts';
import { xml } from '../xml-renderer.ts';
import type { XmlSite } from '../xml-site.ts';
import { sendRecording } from './recording-download.ts';
import { reportLinks } from './report-links.ts';
import { streamList } from './report-list.ts';
import { sessionElement } from './session-element.ts';
import { vaultActivityElement } from './vault-activity-element.ts';

export interface ReportingServices {
  site: XmlSite;
  clock: Clock;
  reports: SessionReports;
  sessions: Pick<SessionService, 'show' | 'openRecording'>;
  vaultActivity: Pick<VaultActivityService, 'report'>;
  /** Which sessions the caller sees. */
  sightOf(actor: Actor): Promise<SessionSight>;
}

interface Report {
  permission: ApiPermission;
  /** Writes the whole answer. Fails before the first byte with any ApplianceError. */
  write(call: XmlCall): Promise<void>;
}

/** Known by name, so that a caller learns the difference between a misspelling and what does not exist here yet. */
const NOT_OFFERED_YET = new Set([
  'AccessSession',
  'AccessSessionListing',
  'AccessSessionRecording',
  'AccessSessionSummary',
  'Archive',
  'ArchiveListing',
  'EndpointLicenseUsage',
  'JumpItem',
  'LicenseUsage',
  'PresentationSession',
  'PresentationSessionListing',
  'PresentationSessionRecording',
  'ShowMyScreenRecording',
  'SupportCustExitSurvey',
  'SupportRepExitSurvey',
  'SupportSessionRecording',
  'SupportSessionSummary',
  'SupportTeam',
  'Syslog',
  'Team',
  'UserRecording',
]);

/**
 * The reporting API: `/api/reporting`, one report per call. API accounts need the permission of the report; people who
 * are signed in read what they see of it elsewhere, so that the links inside reports work in a browser.
 */
export function reportingApi(services: ReportingServices): XmlApi {
  const namespace = () => services.site.settings.current().xml_namespace_reporting;
  const reports = reportsOf(services, namespace);
  return {
    path: '/api/reporting',
    access: 'any-credential',
    namespace,
    async answer(call) {
      const name = call.parameters.get('generate_report') ?? '';
      const report = reports.get(name);
      if (report === undefined) throw new ApplianceError('invalid', whyNot(name));
      requireReport(call.actor, report.permission);
      await report.write(call);
      return undefined;
    },
  };
}

/** Every report by its name. */
export function reportsOf(services: ReportingServices, namespace: () => string): ReadonlyMap<string, Report> {
  return new Map(Object.entries(reportTable(services, namespace)));
}

function reportTable(
  { site, clock, reports, sessions, vaultActivity, sightOf }: ReportingServices,
  namespace: () => string,
): Record<string, Report> {
  const links = reportLinks(site.publicUrl);
  const criteria = async (
    { parameters, actor }: XmlCall,
    windowRequired: boolean,
  ): Promise<ReportCriteria> => ({
    ...reportCriteria(Object.fromEntries(parameters) as ReportQuery, {
      timeZone: site.settings.current().time_zone,
      windowRequired,
    }),
    sight: requireReports(await sightOf(actor)),
  });
  return {
    SupportSession: {
      permission: 'perm_reporting_support',
      async write(call) {
        const now = clock.now();
        await streamList(
          call.res,
          {
            name: 'session_list',
            namespace: namespace(),
            attributes: { 'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance' },
          },
          reports.sessions(await criteria(call, true)),
          (report) => sessionElement(report, links, now),
        );
      },
    },

    SupportSessionListing: {
      permission: 'perm_reporting_support',
      async write(call) {
        await streamList(
          call.res,
          { name: 'session_summary_list', namespace: namespace() },
          // Real callers ask for the listing of everything, without any window.
          reports.summaries(await criteria(call, false)),
          ({ lsid, externalKey, hasRecording }) =>
            xml('session_summary', {
              lsid,
              ...(externalKey === '' ? {} : { external_key: externalKey }),
              has_recording: hasRecording ? 1 : 0,
            }),
        );
      },
    },

    VaultAccountActivity: {
      permission: 'perm_reporting_vault',
      async write({ actor, parameters, res }) {
        const query = Object.fromEntries(parameters) as ReportQuery;
        await streamList(
          res,
          { name: 'vault_account_activity_list', namespace: namespace() },
          await vaultActivity.report(actor, query, site.settings.current().time_zone),
          vaultActivityElement,
        );
      },
    },

    CommandShellRecording: {
      permission: 'perm_reporting_support',
      write: (call) => sendRecording(sessions, call),
    },
  };
}

function requireReport(actor: Actor, permission: ApiPermission): void {
  if (actor.kind !== 'api_account' || actor.permissions.has(permission)) return;
  throw new ApplianceError(
    'forbidden',
    `This account may not read this report: it needs the permission ${permission}.`,
  );
}

/** One's own running sessions are reachable without any right, but they are no report. */
function requireReports(sight: SessionSight): SessionSight {
  if (sight === 'everything' || sight.ownEnded) return sight;
  throw new ApplianceError(
    'forbidden',
    'This account may not read this report: it needs the right perm_view_support_reports.',
  );
}

function whyNot(name: string): string {
  if (name === '') return 'The parameter generate_report is missing.';
  if (NOT_OFFERED_YET.has(name)) return `The report ${name} is not offered by this appliance yet.`;
  return `There is no report "${name.slice(0, 64)}".`;
}
