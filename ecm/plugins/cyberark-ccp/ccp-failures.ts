import { PluginError, type PluginErrorCode } from '../../sdk/plugin.ts';

/** The error codes that the documentation of the web service and of the application provider names. */
const MEANINGS: Readonly<Record<string, readonly [PluginErrorCode, string]>> = {
  ...each(
    ['AIMWS030E', 'AIMWS031E', 'APPAP081E', 'CASVL010E'],
    ['misconfigured', 'CyberArk does not understand the query of this account'],
  ),
  ...each(
    ['APPAP227E', 'APPAP228E', 'APPAP229E', 'APPAP230E', 'APPAP251E'],
    ['misconfigured', 'More than one account in CyberArk fits the query; say more of it in the settings'],
  ),
  ...each(['APPAP007E'], ['unavailable', 'The Central Credential Provider does not reach its vault now']),
  ...each(
    ['APPAP008E', 'APPAP087E', 'APPAP132E', 'APPAP133E', 'APPAP306E'],
    ['misconfigured', 'CyberArk does not accept this application: its id, certificate, address or rights'],
  ),
  ...each(
    ['APPAP004E', 'APPAP249E', 'APPAP324E'],
    ['not_found', 'CyberArk has no such account, or not for this application'],
  ),
  ...each(
    ['APPAP282E', 'APPAP286E'],
    ['unavailable', 'The password is being changed; try again in a moment'],
  ),
};

function each(codes: readonly string[], meaning: readonly [PluginErrorCode, string]) {
  return Object.fromEntries(codes.map((code) => [code, meaning] as const));
}

const BY_STATUS: Readonly<Record<number, readonly [PluginErrorCode, string]>> = {
  400: ['misconfigured', 'CyberArk does not understand the request'],
  401: ['misconfigured', 'The web server asks for another way of authentication'],
  403: ['misconfigured', 'CyberArk, or its web server, refuses this application'],
  404: ['not_found', 'There is no such account, or no web service at the address of the settings'],
};

/** What a refusal of the web service means. Its own text names safes and accounts, so people get ours. */
export function ccpFailure(status: number, errorCode: string): PluginError {
  const [code, words] = MEANINGS[errorCode] ??
    BY_STATUS[status] ?? ['unavailable', 'CyberArk cannot answer now'];
  return new PluginError(code, `${words} (${errorCode === '' ? `status ${status}` : errorCode}).`);
}
