import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plugin } from '../../../ecm/plugins/rest/plugin.ts';
import { type TestCustodia, testCustodia } from '../../support/test-custodia.ts';
import { aPluginSession, callOptions, findOptions, openPlugin } from '../../support/test-plugin.ts';

type Settings = Parameters<typeof openPlugin<typeof plugin.settings>>[1];

describe('the REST plug-in with Custodia', () => {
  let custodia: TestCustodia;
  let settings: Settings;
  const session = aPluginSession({ hostname: 'web01.example.com' });

  beforeAll(async () => {
    custodia = await testCustodia();
    await custodia.put('team/web01.example.com/root', 'pässword "1" & more');
    await custodia.put('team/web01.example.com/deploy@x', JSON.stringify({ login: 'deploy', key: 'no key' }));
    await custodia.put('team/web02.example.com/root', 'another');
    settings = {
      url: custodia.url,
      ca_file: custodia.caFile,
      certificate_file: custodia.certificateFile,
      certificate_key_file: custodia.certificateKeyFile,
      auth: 'header',
      token_header: 'CUSTODIA_AUTH_KEY',
      token: custodia.clientKey,
      headers: { CUSTODIA_AUTH_ID: custodia.clientId },
      find_path: '/secrets/team/{hostname}/',
      find_id: '',
      find_username: '',
      get_path: '/secrets/team/{hostname}/{id}',
      get_content: '/value',
      get_password: '',
      health_path: '/',
    };
  });
  afterAll(() => custodia.stop());

  it('offers what is in the container of the host', async () => {
    const opened = await openPlugin(plugin, settings);
    expect(await opened.findCredentials(session, findOptions())).toEqual([
      { id: 'deploy@x', label: 'deploy@x', username: 'deploy@x' },
      { id: 'root', label: 'root', username: 'root' },
    ]);
    expect(await opened.findCredentials(session, findOptions('ROO'))).toHaveLength(1);
    expect(await opened.findCredentials(aPluginSession({ hostname: 'none' }), findOptions())).toEqual([]);
  });

  it('gives the value, plain or as JSON in it', async () => {
    const opened = await openPlugin(plugin, settings);
    // The login is the one that the listing told.
    expect(await opened.getCredential(session, 'root', callOptions())).toEqual({
      username: 'root',
      password: 'pässword "1" & more',
    });
    const json = await openPlugin(plugin, {
      ...settings,
      get_decode: ['json'],
      get_username: '/login',
      get_password: '/key',
    });
    expect(await json.getCredential(session, 'deploy@x', callOptions())).toEqual({
      username: 'deploy',
      password: 'no key',
    });
    await expect(json.getCredential(session, 'root', callOptions())).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.not.stringContaining('ssword "1"'),
    });
  });

  it.each(['none', '../web02.example.com/root', 'root/../root', '', '..'])(
    'refuses the id "%s"',
    async (id) => {
      const opened = await openPlugin(plugin, settings);
      await expect(opened.getCredential(session, id, callOptions())).rejects.toMatchObject({
        code: 'not_found',
      });
    },
  );

  it('offers listed credentials where a store is not searched', async () => {
    const { find_path: _, ...unsearched } = settings;
    const opened = await openPlugin(plugin, {
      ...unsearched,
      credentials: { 'Root of {hostname}': 'root', 'Of a user: {username}': '{username}' },
    });
    expect(await opened.findCredentials(session, findOptions())).toEqual([
      { id: 'root', label: 'Root of web01.example.com' },
    ]);
    expect(await opened.getCredential(session, 'root', callOptions())).toMatchObject({
      password: expect.any(String),
    });
    await expect(opened.getCredential(session, 'deploy@x', callOptions())).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('says in words what is wrong, with no secret in them', async () => {
    const asked = async (changes: Settings) => {
      const opened = await openPlugin(plugin, { ...settings, ...changes });
      return await opened.findCredentials(session, findOptions());
    };
    await expect(asked({ token: 'wrong key' })).rejects.toMatchObject({
      code: 'forbidden',
      message: 'The store refuses this to the plug-in.',
    });
    await expect(asked({ find_path: '/secrets/other/{hostname}/' })).rejects.toMatchObject({
      code: 'forbidden',
    });
    const { ca_file: _, ...untrusting } = settings;
    const opened = await openPlugin(plugin, untrusting);
    await expect(opened.findCredentials(session, findOptions())).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringMatching(/^The certificate of the store is not trusted \(\w+\); see ca_file\.$/),
    });
    await expect(asked({ url: custodia.url.replace('127.0.0.1', '127.0.0.2') })).rejects.toMatchObject({
      code: 'unavailable',
    });
    await expect(asked({ ca_file: '/nowhere/ca.pem' })).rejects.toThrow(
      'The file of the authorities of the store cannot be read: ENOENT.',
    );
  });

  it('needs the client certificate', async () => {
    const { certificate_file: _, certificate_key_file: __, ...without } = settings;
    const opened = await openPlugin(plugin, without);
    await expect(opened.findCredentials(session, findOptions())).rejects.toMatchObject({
      code: expect.stringMatching(/misconfigured|unavailable/),
    });
  });

  it('asks for health', async () => {
    const opened = await openPlugin(plugin, settings);
    expect(await opened.checkHealth?.(callOptions())).toEqual({
      healthy: true,
      detail: 'The store answers.',
    });
  });
});
