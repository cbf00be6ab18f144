import {
  type CredentialPackage,
  definePlugin,
  PluginError,
  type PluginTools,
  type SessionContext,
} from '../../sdk/plugin.ts';
import { HTTP_SETTINGS, type HttpAnswer, httpClient, isRecord, jsonOf, pathSegment } from '../http.ts';
import { isPrivateKey, tidyPrivateKey } from '../private-keys.ts';
import { fitsWords } from '../session-matching.ts';
import { fillTemplate, templateProblems } from '../session-templates.ts';
import { ccpFailure } from './ccp-failures.ts';
import { type AccountQuery, accountQuery, auditReason, queryProblems } from './ccp-query.ts';

const STORE = 'CyberArk';

export const plugin = definePlugin({
  name: 'cyberark-ccp',
  version: '1.0.0',
  description: 'Accounts of CyberArk, by the web service of its Central Credential Provider.',
  settings: {
    ...HTTP_SETTINGS,
    app_id: { type: 'text', description: 'The application id.' },
    service: {
      type: 'text',
      default: 'AIMWebService',
      description: 'The name of the web service in the address.',
    },
    certificate_file: {
      type: 'path',
      optional: true,
      description: 'Client certificate of the application, PEM.',
    },
    certificate_key_file: { type: 'path', optional: true, description: 'Its key, PEM.' },
    certificate_passphrase: { type: 'secret', optional: true, description: 'The passphrase of that key.' },
    safe: { type: 'text', optional: true, description: 'The safe of accounts that name none.' },
    accounts: {
      type: 'text-map',
      description: 'Accounts of a system: labels and queries, e.g. Root: Address={hostname};UserName=root.',
    },
    query_format: {
      type: 'text',
      choices: ['Exact', 'Regexp'],
      default: 'Exact',
      description: 'Whether values are texts or regular expressions.',
    },
    reason: {
      type: 'text',
      default: 'Session of {user}',
      description: 'The reason for the audit log of the vault; empty: none.',
    },
    fail_on_password_change: {
      type: 'flag',
      default: true,
      description: 'Give nothing out while CyberArk is changing the password.',
    },
    domain_property: {
      type: 'text',
      default: 'LogonDomain',
      description: 'Property with the domain of the login.',
    },
  },
  check: ({ accounts, reason, certificate_file, certificate_key_file }) => [
    ...queryProblems('accounts', accounts),
    ...templateProblems('reason', [reason]),
    ...(Object.keys(accounts).length === 0
      ? [{ setting: 'accounts', message: 'Nothing would be offered.' }]
      : []),
    ...((certificate_file === undefined) === (certificate_key_file === undefined)
      ? []
      : [{ setting: 'certificate_key_file', message: 'A client certificate and its key come together.' }]),
  ],
  create(settings, tools) {
    const {
      certificate_file: file,
      certificate_key_file: keyFile,
      certificate_passphrase: passphrase,
    } = settings;
    const certificate =
      file === undefined || keyFile === undefined ? undefined : { file, keyFile, passphrase };
    const http = httpClient({ store: STORE, settings, ...(certificate && { certificate }) });
    const service = settings.service.split('/').map(pathSegment).join('/');

    const queryOf = (template: string, session: SessionContext) =>
      accountQuery(template, session, settings.query_format, settings.safe);

    async function ask({ parameters }: AccountQuery, session: SessionContext, signal: AbortSignal) {
      const reason = settings.reason === '' ? undefined : auditReason(settings.reason, session);
      const answer = await http({
        method: 'GET',
        path: `/${service}/api/Accounts`,
        query: [
          ['AppID', settings.app_id],
          ...parameters,
          ...(reason === undefined || reason === '' ? [] : [['Reason', reason] as const]),
          ['FailRequestOnPasswordChange', String(settings.fail_on_password_change)],
        ],
        signal,
      });
      return accountOf(answer, tools);
    }

    return {
      /** The web service gives passwords and nothing else, so that whether an account exists shows when it is used. */
      async findCredentials(session, { search, limit }) {
        return Object.entries(settings.accounts)
          .flatMap(([id, template]) => {
            const query = queryOf(template, session);
            const label = fillTemplate(id, session);
            if (query === undefined || label === undefined) return [];
            return [
              {
                id,
                label: label.slice(0, 255),
                ...(query.username ? { username: query.username.slice(0, 255) } : {}),
              },
            ];
          })
          .filter(({ label, username }) => fitsWords(search, [label, username]))
          .slice(0, limit);
      },

      async getCredential(session, credentialId, { signal }) {
        const template = Object.hasOwn(settings.accounts, credentialId)
          ? settings.accounts[credentialId]
          : undefined;
        const query = template === undefined ? undefined : queryOf(template, session);
        if (query === undefined || fillTemplate(credentialId, session) === undefined) {
          throw new PluginError('not_found', 'There is no such account in CyberArk for this session.');
        }
        return credentialOf(await ask(query, session, signal), settings.domain_property);
      },

      async checkHealth({ signal }) {
        // The page of the service's older interface, by which people see that it is there. No account is asked for.
        const { status } = await http({ method: 'GET', path: `/${service}/v1.1/aim.asmx`, signal });
        return status === 200
          ? { healthy: true, detail: 'The web service is there.' }
          : { healthy: false, detail: `The web service answers with status ${status}.` };
      },
    };
  },
});

function accountOf(answer: HttpAnswer, { log }: PluginTools): Record<string, unknown> {
  if (answer.status === 200) {
    const account = jsonOf(answer, STORE);
    if (isRecord(account)) return account;
    throw new PluginError('unavailable', 'CyberArk answered with something unknown.');
  }
  const { errorCode, message } = refusalOf(answer);
  log.warn(`CyberArk answered ${answer.status} ${errorCode}: ${message}`);
  throw ccpFailure(answer.status, errorCode);
}

/** Refusals of the web server itself are pages, not JSON. */
function refusalOf({ text }: HttpAnswer): { errorCode: string; message: string } {
  try {
    const document: unknown = JSON.parse(text);
    const { ErrorCode, ErrorMsg } = isRecord(document) ? document : {};
    return {
      errorCode: typeof ErrorCode === 'string' && /^[A-Z]{2,8}\d{3}[EW]$/.test(ErrorCode) ? ErrorCode : '',
      message: typeof ErrorMsg === 'string' ? ErrorMsg.replace(/\s+/g, ' ').slice(0, 500) : '',
    };
  } catch {
    return { errorCode: '', message: '' };
  }
}

function credentialOf(account: Record<string, unknown>, domainProperty: string): CredentialPackage {
  const text = (name: string) => {
    const value = Object.hasOwn(account, name) ? account[name] : undefined;
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const content = text('Content');
  if (content === undefined) throw new PluginError('not_found', 'The account in CyberArk has no password.');
  const username = text('UserName');
  const domain = domainProperty === '' ? undefined : text(domainProperty);
  return {
    ...(username === undefined ? {} : { username }),
    ...(domain === undefined ? {} : { domain }),
    ...(isPrivateKey(content) ? { privateKey: tidyPrivateKey(content) } : { password: content }),
  };
}
