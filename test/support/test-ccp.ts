import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { testAuthority } from './test-certificates.ts';

export interface CcpAccount {
  properties: Record<string, string>;
  content: string;
  changing?: boolean;
}

interface Application {
  /** Addresses that it may ask from; none: any. */
  machines?: string[];
  /** It must show a certificate for this name. */
  certificate?: string;
  safes: string[];
}

export interface TestCcp {
  url: string;
  caFile: string;
  certificateFile: string;
  certificateKeyFile: string;
  accounts: CcpAccount[];
  applications: Map<string, Application>;
  /** Parameters of every request that was understood. */
  asked: Record<string, string>[];
  /** Parameters that the documentation does not know, or spaces written as plus signs. */
  misuses: string[];
  stop(): Promise<void>;
}

const PARAMETERS = [
  'AppID',
  'Safe',
  'Folder',
  'Object',
  'UserName',
  'Address',
  'Database',
  'PolicyID',
  'Reason',
  'ConnectionTimeout',
  'Query',
  'QueryFormat',
  'FailRequestOnPasswordChange',
];
const SEARCHED = ['Safe', 'Folder', 'Object', 'UserName', 'Address', 'Database', 'PolicyID'];

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/**
 * A server that answers as the documentation of the Central Credential Provider's REST service says: GET alone, the
 * parameters and characters it knows, applications with certificates and allowed machines, and its error codes.
 */
export async function testCcp(): Promise<TestCcp> {
  const directory = await mkdtemp(join(tmpdir(), 'bridgehead-ccp-'));
  const path = (name: string) => join(directory, name);
  const authority = await testAuthority();
  const [own, client] = await Promise.all([
    authority.issue(['IP:127.0.0.1', 'DNS:localhost']),
    authority.issue(['DNS:ecm.example.com']),
  ]);
  await Promise.all([
    writeFile(path('ca.pem'), authority.certificate),
    writeFile(path('client.pem'), client.certificate),
    writeFile(path('client.key'), client.key),
  ]);
  const accounts: CcpAccount[] = [];
  const applications = new Map<string, Application>();
  const asked: Record<string, string>[] = [];
  const misuses: string[] = [];

  function answerTo(request: IncomingMessage): Answer {
    const [location = '', rawQuery = ''] = (request.url ?? '').split('?');
    if (/^\/AIMWebService\/v1\.1\/aim\.asmx$/i.test(location)) return { status: 200, body: {} };
    if (!/^\/AIMWebService\/api\/Accounts$/i.test(location)) return { status: 404, body: {} };
    if (request.method !== 'GET') return { status: 405, body: {} };
    if (/[+ ]/.test(rawQuery)) misuses.push('a space or plus sign in the URL');
    const parameters: Record<string, string> = {};
    for (const pair of rawQuery.split('&')) {
      const [name = '', value = ''] = pair.split('=').map(decodeURIComponent);
      const known = PARAMETERS.find((one) => one.toLowerCase() === name.toLowerCase());
      if (known === undefined) misuses.push(`the parameter ${name}`);
      else if (known in parameters) misuses.push(`${name} twice`);
      else parameters[known] = value;
      if (/[+&%]/.test(value)) return refusal(400, 'AIMWS030E', 'Invalid query format');
    }
    asked.push(parameters);
    return checked(parameters, request);
  }

  function checked(parameters: Record<string, string>, request: IncomingMessage): Answer {
    const { AppID, Query, QueryFormat = 'Exact', FailRequestOnPasswordChange: fail = 'false' } = parameters;
    if (AppID === undefined)
      return refusal(400, 'AIMWS031E', 'Invalid request. The AppID parameter is required');
    if (!['Exact', 'Regexp'].includes(QueryFormat)) return refusal(400, 'AIMWS030E', 'Invalid query format');
    const searched = SEARCHED.filter((name) => parameters[name] !== undefined);
    if (Query === undefined && searched.length === 0)
      return refusal(400, 'APPAP081E', 'Request message is invalid');
    if (!['true', 'false'].includes(fail.toLowerCase())) return refusal(400, 'AIMWS030E', 'Invalid flag');
    const application = applications.get(AppID);
    if (application === undefined) {
      return refusal(403, 'APPAP008E', `Problem occurred. ITATS982E User ${AppID} is not defined`);
    }
    const unauthorised = authenticationFailure(application, request);
    if (unauthorised !== undefined) {
      return refusal(403, 'APPAP306E', `Authentication error for App ID [${AppID}]. Reason: ${unauthorised}`);
    }
    const wanted =
      Query === undefined
        ? searched.map((name) => [name, parameters[name] as string] as const)
        : Query.split(';').map((property) => property.split('=') as [string, string]);
    const found = accounts.filter(
      ({ properties }) =>
        application.safes.includes(properties.Safe ?? '') && fits(properties, wanted, QueryFormat),
    );
    if (found.length > 1) return refusal(400, 'APPAP229E', 'Too many objects');
    const [account] = found;
    if (account === undefined) {
      const query = wanted.map((pair) => pair.join('=')).join(';');
      return refusal(
        404,
        'APPAP004E',
        `Password object matching query [${query}] was not found (Diagnostic Info: 5).`,
      );
    }
    if (account.changing === true && fail.toLowerCase() === 'true') {
      return refusal(500, 'APPAP282E', 'Password is currently being changed by the CPM');
    }
    return {
      status: 200,
      body: {
        Content: account.content,
        ...account.properties,
        PasswordChangeInProcess: account.changing === true,
      },
    };
  }

  function fits(
    properties: Record<string, string>,
    wanted: readonly (readonly [string, string])[],
    format: string,
  ): boolean {
    return wanted.every(([name, value]) => {
      const own = properties[name];
      if (own === undefined) return false;
      return format === 'Regexp'
        ? new RegExp(`^(?:${value})$`).test(own)
        : own.toLowerCase() === value.toLowerCase();
    });
  }

  function authenticationFailure({ machines, certificate }: Application, request: IncomingMessage) {
    const socket = request.socket as TLSSocket;
    const shown = socket.getPeerCertificate();
    const names = socket.authorized ? String(shown.subjectaltname ?? '') : '';
    if (certificate !== undefined && !names.includes(certificate)) {
      return 'APPAP133E Failed to verify application authentication data: certificate is unauthorized';
    }
    const address = socket.remoteAddress?.replace('::ffff:', '') ?? '';
    return machines === undefined || machines.includes(address)
      ? undefined
      : `APPAP133E Failed to verify application authentication data: machineAddress "${address}" is unauthorized`;
  }

  const options = {
    cert: own.certificate,
    key: own.key,
    ca: authority.certificate,
    requestCert: true,
    rejectUnauthorized: false,
  };
  const server: Server = createServer(options, (request, response) => {
    const { status, body } = answerTo(request);
    const isService = Object.keys(body).length > 0;
    response.writeHead(status, { 'content-type': isService ? 'application/json' : 'text/html' });
    response.end(isService ? JSON.stringify(body) : '<html>IIS</html>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    caFile: path('ca.pem'),
    certificateFile: path('client.pem'),
    certificateKeyFile: path('client.key'),
    accounts,
    applications,
    asked,
    misuses,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function refusal(status: number, ErrorCode: string, ErrorMsg: string): Answer {
  return { status, body: { ErrorCode, ErrorMsg } };
}
