import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { plugin } from '../../../ecm/plugins/cyberark-ccp/plugin.ts';
import { type TestCcp, testCcp } from '../../support/test-ccp.ts';
import { aPluginSession, callOptions, findOptions, openPlugin } from '../../support/test-plugin.ts';

type Settings = Partial<Parameters<typeof openPlugin<typeof plugin.settings>>[1]>;

const session = aPluginSession({ hostname: 'web01.example.com', username: 'deploy' });
let ccp: TestCcp;

beforeEach(async () => {
  ccp = await testCcp();
  ccp.applications.set('Bridgehead', { machines: ['127.0.0.1'], safes: ['Linux', 'Keys'] });
  ccp.accounts.push(
    {
      properties: { Safe: 'Linux', Object: 'root-web01', Address: 'web01.example.com', UserName: 'root' },
      content: 'p<w "quoted" ö',
    },
    {
      properties: {
        Safe: 'Linux',
        Object: 'svc',
        Address: 'web02.example.com',
        UserName: 'svc',
        LogonDomain: 'CORP',
        Port: '2222',
      },
      content: 'second',
    },
    {
      properties: { Safe: 'Linux', Object: 'svc2', Address: 'web02.example.com', UserName: 'other' },
      content: 'third',
    },
    {
      properties: { Safe: 'Secret', Object: 'x', Address: 'web01.example.com', UserName: 'x' },
      content: 'not ours',
    },
    {
      properties: { Safe: 'Keys', Object: 'deploy', Address: 'web01.example.com', UserName: 'deploy' },
      content: KEY,
    },
  );
});
afterEach(async () => {
  await ccp.stop();
  expect(ccp.misuses).toEqual([]);
});

function open(settings: Settings = {}) {
  return openPlugin(plugin, {
    url: ccp.url,
    ca_file: ccp.caFile,
    app_id: 'Bridgehead',
    safe: 'Linux',
    accounts: {
      'Root of {hostname}': 'Address={hostname};UserName=root',
      'Key of {username}': 'Safe=Keys;Object={username}',
      'By port': 'Address={hostname};Port=2222',
      'Whatever is there': 'Address={hostname}',
    },
    ...settings,
  });
}

describe('accounts of the Central Credential Provider', () => {
  it('are offered as the settings name them, and nothing is asked for that', async () => {
    const opened = await open();
    expect(await opened.findCredentials(session, findOptions())).toEqual([
      { id: 'Root of {hostname}', label: 'Root of web01.example.com', username: 'root' },
      { id: 'Key of {username}', label: 'Key of deploy' },
      { id: 'By port', label: 'By port' },
      { id: 'Whatever is there', label: 'Whatever is there' },
    ]);
    const nobody = aPluginSession({ hostname: 'web01.example.com' });
    expect((await opened.findCredentials(nobody, findOptions('root'))).map(({ id }) => id)).toEqual([
      'Root of {hostname}',
    ]);
    expect(ccp.asked).toEqual([]);
  });

  it('are asked for by parameters, with the reason', async () => {
    const opened = await open({ reason: 'Support of {user} & friends; 100% + more' });
    expect(await opened.getCredential(session, 'Root of {hostname}', callOptions())).toEqual({
      username: 'root',
      password: 'p<w "quoted" ö',
    });
    expect(ccp.asked).toEqual([
      {
        AppID: 'Bridgehead',
        Safe: 'Linux',
        Address: 'web01.example.com',
        UserName: 'root',
        Reason: 'Support of rita friends 100 more',
        FailRequestOnPasswordChange: 'true',
      },
    ]);
  });

  it('are asked for by a query where a property has no parameter, and with regular expressions', async () => {
    const opened = await open();
    const second = aPluginSession({ hostname: 'web02.example.com' });
    expect(await opened.getCredential(second, 'By port', callOptions())).toEqual({
      username: 'svc',
      domain: 'CORP',
      password: 'second',
    });
    expect(ccp.asked[0]).toMatchObject({
      Query: 'Safe=Linux;Address=web02.example.com;Port=2222',
      QueryFormat: 'Exact',
    });
    const regular = await open({
      query_format: 'Regexp',
      accounts: { x: 'Address={hostname};UserName=(root|admin)' },
    });
    expect(await regular.getCredential(session, 'x', callOptions())).toMatchObject({ username: 'root' });
    expect(ccp.asked[1]).toMatchObject({
      Query: 'Safe=Linux;Address=web01\\.example\\.com;UserName=(root|admin)',
      QueryFormat: 'Regexp',
    });
  });

  it('may hold a private key', async () => {
    const opened = await open();
    expect(await opened.getCredential(session, 'Key of {username}', callOptions())).toEqual({
      username: 'deploy',
      privateKey: KEY,
    });
  });

  it('are not asked for with characters that the service does not take', async () => {
    const opened = await open();
    for (const hostname of ['a;Safe=Secret', 'a&Safe=Secret', '50%', 'a+b']) {
      const odd = aPluginSession({ hostname, username: 'x' });
      expect((await opened.findCredentials(odd, findOptions())).map(({ id }) => id)).toEqual([
        'Key of {username}',
      ]);
      await expect(opened.getCredential(odd, 'Root of {hostname}', callOptions())).rejects.toMatchObject({
        code: 'not_found',
      });
    }
    expect(ccp.asked).toEqual([]);
  });

  it.each(['none', '', 'constructor', 'Safe=Secret;Object=x'])('are not given by the id "%s"', async (id) => {
    await expect((await open()).getCredential(session, id, callOptions())).rejects.toMatchObject({
      code: 'not_found',
    });
    expect(ccp.asked).toEqual([]);
  });
});

describe('refusals of the Central Credential Provider', () => {
  const asked = async (settings: Settings, id = 'Root of {hostname}', as = session) => {
    const opened = await open(settings);
    const failure = await opened.getCredential(as, id, callOptions()).catch((error: Error) => error);
    expect(inspect([failure, opened.logged], { depth: 5 })).not.toContain('p<w');
    return failure;
  };

  it('say which of them it was', async () => {
    const second = aPluginSession({ hostname: 'web02.example.com' });
    expect(await asked({}, 'Root of {hostname}', second)).toMatchObject({
      code: 'not_found',
      message: 'CyberArk has no such account, or not for this application (APPAP004E).',
    });
    expect(await asked({}, 'Whatever is there', second)).toMatchObject({
      code: 'misconfigured',
      message: expect.stringMatching(/^More than one account .* \(APPAP229E\)\.$/),
    });
    expect(await asked({ safe: 'Secret' }, 'Whatever is there')).toMatchObject({ code: 'not_found' });
    expect(await asked({ app_id: 'Nobody' })).toMatchObject({
      code: 'misconfigured',
      message:
        'CyberArk does not accept this application: its id, certificate, address or rights (APPAP008E).',
    });
    ccp.applications.set('Bridgehead', { machines: ['10.0.0.1'], safes: ['Linux'] });
    expect(await asked({})).toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('APPAP306E'),
    });
    expect(await asked({ service: 'Other' })).toMatchObject({ code: 'not_found' });
  });

  it('are about a password that is being changed, unless that does not matter', async () => {
    for (const account of ccp.accounts) account.changing = true;
    expect(await asked({})).toMatchObject({
      code: 'unavailable',
      message: 'The password is being changed; try again in a moment (APPAP282E).',
    });
    const opened = await open({ fail_on_password_change: false });
    expect(await opened.getCredential(session, 'Root of {hostname}', callOptions())).toMatchObject({
      username: 'root',
    });
  });

  it('are lifted by the certificate of the application', async () => {
    ccp.applications.set('Bridgehead', { certificate: 'DNS:ecm.example.com', safes: ['Linux'] });
    expect(await asked({})).toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('APPAP306E'),
    });
    const opened = await open({
      certificate_file: ccp.certificateFile,
      certificate_key_file: ccp.certificateKeyFile,
    });
    expect(await opened.getCredential(session, 'Root of {hostname}', callOptions())).toMatchObject({
      username: 'root',
    });
    expect(await opened.checkHealth?.(callOptions())).toMatchObject({ healthy: true });
    const wrong = await open({
      certificate_file: ccp.certificateFile,
      certificate_key_file: ccp.certificateFile,
    }).catch((error: Error) => error);
    const failure =
      wrong instanceof Error
        ? wrong
        : await wrong
            .getCredential(session, 'Root of {hostname}', callOptions())
            .catch((error: Error) => error);
    expect(failure).toMatchObject({ code: 'misconfigured' });
  });
});

describe('the settings of the CyberArk plug-in', () => {
  it('are told what cannot be asked', async () => {
    await expect(open({ accounts: { a: 'Address', b: 'Object=50%', c: 'Object={hots}' } })).rejects.toThrow(
      /accounts: "Object=\{hots\}" names \{hots\}.*\naccounts: "a": "Address" must be.*\naccounts: "b": "Object=50%" must be/,
    );
    await expect(open({ accounts: {} })).rejects.toThrow('accounts: Nothing would be offered.');
    await expect(open({ certificate_file: '/x' })).rejects.toThrow(
      'certificate_key_file: A client certificate',
    );
  });
});

const KEY = '-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\n';
