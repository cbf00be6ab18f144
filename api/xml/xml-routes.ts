import type { Router } from 'express';
import { type CommandServices, commandApi } from './command/command-routes.ts';
import { type ReportingServices, reportingApi } from './reporting/reporting-routes.ts';
import { type XmlApiParts, xmlApiRoutes } from './xml-api.ts';

/** The command API and the reporting API under all their names. */
export function xmlRoutes(
  services: CommandServices & ReportingServices,
  parts: Omit<XmlApiParts, 'settings'>,
): Router[] {
  const { settings } = services.site;
  return [commandApi(services), reportingApi(services)].map((api) =>
    xmlApiRoutes(api, { ...parts, settings }),
  );
}
