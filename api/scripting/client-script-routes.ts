import { type ErrorRequestHandler, type RequestHandler, Router } from 'express';
import { ApplianceError } from '../../appliance/errors.ts';
import { launchParameters } from '../../appliance/jump/launch-command.ts';
import { formatCommand, formatScript } from '../../appliance/jump/launch-script.ts';
import type { SiteSettingsSource } from '../../appliance/settings/site-settings.ts';
import { route } from '../access/route-table.ts';
import { queryOf } from '../xml/xml-request.ts';
import { sendScriptError } from './script-error-page.ts';
import { scriptRequest } from './script-request.ts';

const PATHS = ['/api/client_script', '/api/client_script.ns'] as const;

/**
 * `/api/client_script`: turns a link into a script file for the installed console, or into an address of the web
 * console. Anybody may ask, because nothing is started or revealed here; whoever runs the command signs in first.
 */
export function clientScriptRoutes(settings: SiteSettingsSource): Router {
  const router = Router();
  const answer: RequestHandler = (req, res) => {
    const { company_name: companyName, xml_api_enabled: enabled } = settings.current();
    if (!enabled) throw new ApplianceError('forbidden', 'Client scripting is not enabled on this site.');
    const { target, command } = scriptRequest(queryOf(req));
    const parameters = launchParameters(command);
    if (target === 'web_console') {
      res.redirect(302, `/console?${formatCommand(parameters)}`);
      return;
    }
    // A browser hands the file to the console by its extension; the type must not make it show the text instead.
    res.setHeader('Content-Type', 'application/octet-stream');
    res.set('Content-Disposition', `attachment; filename="${command.action}.brcs-${fileWord(companyName)}"`);
    res.end(formatScript([parameters]));
  };
  for (const path of PATHS) route(router, 'get', path, 'public', answer);
  router.use([...PATHS], scriptErrors(settings));
  return router;
}

function scriptErrors(settings: SiteSettingsSource): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    if (!(error instanceof ApplianceError) || res.headersSent) return next(error);
    const status = error.code === 'forbidden' ? 403 : 400;
    sendScriptError(req, res, status, error.message, settings.current().xml_namespace_command);
  };
}

/** The company's name as part of a file extension. */
function fileWord(companyName: string): string {
  const word = companyName
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .toLowerCase();
  return word === '' ? 'bridgehead' : word.slice(0, 64);
}
