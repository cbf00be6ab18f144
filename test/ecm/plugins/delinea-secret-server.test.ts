import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { plugin } from '../../../ecm/plugins/delinea-secret-server/plugin.ts';
import {
  aPluginSession,
  callOptions,
  findOptions,
  type OpenedPlugin,
  openPlugin,
} from '../../support/test-plugin.ts';
import {
  SECRET_SERVER_CLIENT,
  SECRET_SERVER_LOGIN,
  type TestSecret,
  type TestSecretServer,
  testSecretServer,
} from '../../support/test-secret-server.ts';

type Settings = Partial<Parameters<typeof openPlugin<typeof plugin.settings>>[1]>;

const session = aPluginSession({ hostname: 'web01.example.com' });
const KEY = '-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\n';
let server: TestSecretServer;

beforeEach(async () => {
  server = await testSecretServer();
  const web01 = { machine: 'web01.example.com' };
  server.secrets.push(
    {
      id: 1,
      name: 'Root',
      folderId: 3,
      values: { ...web01, username: 'root', password: 'p"w ö', notes: 'n' },
    },
    {
      id: 2,
      name: 'Elsewhere',
      folderId: 3,
      values: { machine: 'web01.example.com.evil', username: 'x', password: 'x' },
    },
    {
      id: 3,
      name: 'Deploy key',
      folderId: 4,
      values: { ...web01, username: 'deploy', 'private-key': KEY, 'private-key-passphrase': 'phrase' },
      files: ['private-key'],
    },
    {
      id: 4,
      name: 'Locked twice',
      folderId: 3,
      values: { ...web01, password: 'x' },
      doubleLockEnabled: true,
    },
    { id: 5, name: 'Not ours', folderId: 3, values: { ...web01, password: 'x' }, hidden: true },
    {
      id: 6,
      name: 'Exclusive',
      folderId: 3,
      values: { ...web01, username: 'ex', password: 'only one', domain: 'CORP' },
      checkOutEnabled: true,
    },
    {
      id: 7,
      name: 'With a word',
      folderId: 3,
      values: { ...web01, username: 'w', password: 'why', 'private-key': KEY },
      files: ['private-key'],
      requiresComment: true,
      checkOutEnabled: true,
    },
  );
});
afterEach(async () => {
  await server.stop();
  expect(server.misuses).toEqual([]);
});

function open(settings: Settings = {}): Promise<OpenedPlugin> {
  return openPlugin(plugin, { url: server.url, ca_file: server.caFile, ...SECRET_SERVER_LOGIN, ...settings });
}

function secret(id: number): TestSecret {
  return server.secrets.find((one) => one.id === id) as TestSecret;
}

async function give(opened: OpenedPlugin, id: string, as = session) {
  return await opened.getCredential(as, id, callOptions());
}

async function release(opened: OpenedPlugin, id: string, lease: string | undefined) {
  await opened.releaseCredential?.(session, id, new Date(), { lease, ...callOptions() });
}

describe('secrets of Secret Server', () => {
  it('are found by the field with the system, without being read', async () => {
    const opened = await open();
    expect(await opened.findCredentials(session, findOptions())).toEqual([
      { id: '3', label: 'Deploy key (\\Folder 4)', username: 'deploy' },
      { id: '6', label: 'Exclusive (\\Folder 3)', username: 'ex' },
      { id: '1', label: 'Root (\\Folder 3)', username: 'root' },
      { id: '7', label: 'With a word (\\Folder 3)', username: 'w' },
    ]);
    expect((await opened.findCredentials(session, findOptions('ROOT'))).map(({ id }) => id)).toEqual(['1']);
    expect(new Set(server.asked)).toEqual(
      new Set(['POST /SecretServer/oauth2/token', 'GET /SecretServer/api/v1/secrets']),
    );
  });

  it('are searched by the server and paged through where all are offered', async () => {
    for (let id = 100; id < 350; id++) {
      server.secrets.push({ id, name: `Many ${id}`, folderId: 9, values: { password: 'x' } });
    }
    const opened = await open({ offer: 'all' });
    expect(await opened.findCredentials(session, findOptions('many', 1000))).toHaveLength(250);
    expect(server.asked.filter((asked) => asked.startsWith('GET'))).toHaveLength(3);
    expect(
      (await opened.findCredentials(session, findOptions('Many 30', 1000))).map(({ label }) => label),
    ).toContain('Many 301 (\\Folder 9)');
    expect(await opened.findCredentials(session, findOptions('many', 50))).toHaveLength(50);
    expect(await give(opened, '301')).toEqual({ password: 'x' });
  });

  it('may be those of a folder, with or without the folders in it', async () => {
    server.folders.set(4, 3);
    const ids = async (settings: Settings) => {
      const found = await (await open(settings)).findCredentials(session, findOptions());
      return found.map(({ id }) => Number(id)).sort();
    };
    expect(await ids({ folder_id: 3 })).toEqual([1, 3, 6, 7]);
    expect(await ids({ folder_id: 3, include_subfolders: false })).toEqual([1, 6, 7]);
    expect(await ids({ folder_id: 8 })).toEqual([]);
  });

  it('are given with their fields and files', async () => {
    const opened = await open();
    expect(await give(opened, '1')).toEqual({ username: 'root', password: 'p"w ö' });
    expect(await give(opened, '3')).toEqual({ username: 'deploy', privateKey: KEY, passphrase: 'phrase' });
    const other = await open({ fields: { password: 'notes' } });
    expect(await give(other, '1')).toEqual({ password: 'n' });
    await expect(give(await open({ fields: { password: 'none' } }), '1')).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it.each(['2', '4', '5', '999', '', 'x', '1/../2', '-1', '1e1'])(
    'are not given by the id "%s"',
    async (id) => {
      await expect(give(await open(), id)).rejects.toMatchObject({ code: 'not_found' });
    },
  );
});

describe('check-out', () => {
  it('lasts from the credential to its release, which may come again', async () => {
    const opened = await open();
    const given = await give(opened, '6');
    expect(given).toEqual({ username: 'ex', domain: 'CORP', password: 'only one', lease: 'check-in 6' });
    expect(secret(6).checkedOutBy).toBe('ecm');
    await expect(give(opened, '6')).rejects.toMatchObject({
      code: 'in_use',
      message: 'Somebody else has checked this secret out.',
    });
    const later = await open();
    await release(later, '6', given.lease);
    expect(secret(6).checkedOutBy).toBeUndefined();
    await release(later, '6', given.lease);
    await release(later, '6', undefined);
    expect((await give(later, '6')).password).toBe('only one');
  });

  it('is refused while somebody else has it, and theirs is left alone', async () => {
    secret(6).checkedOutBy = 'mallory';
    const opened = await open();
    await expect(give(opened, '6')).rejects.toMatchObject({ code: 'in_use' });
    await release(opened, '6', 'check-in 6');
    expect(secret(6).checkedOutBy).toBe('mallory');
  });

  it('goes to one of two who ask at the same moment', async () => {
    const opened = await open();
    await opened.findCredentials(session, findOptions());
    const both = await Promise.allSettled([give(opened, '6'), give(opened, '6')]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('is undone when the secret cannot be read, or nobody waits for it any longer', async () => {
    const opened = await open();
    secret(6).unreadable = true;
    await expect(give(opened, '6')).rejects.toMatchObject({ code: 'forbidden' });
    expect(secret(6).checkedOutBy).toBeUndefined();
    delete secret(6).unreadable;
    await opened.findCredentials(session, findOptions());
    const stop = new AbortController();
    const asked = opened.getCredential(session, '6', { signal: stop.signal });
    setTimeout(() => stop.abort(new Error('nobody waits')), 1);
    await expect(asked).rejects.toThrow('nobody waits');
    await expect.poll(() => server.asked.includes('POST /SecretServer/api/v1/secrets/6/check-in')).toBe(true);
    await expect.poll(() => secret(6).checkedOutBy).toBeUndefined();
  });

  it('and reading carry the comment that a secret asks for', async () => {
    const opened = await open({ comment: 'Bridgehead: {user} on {hostname}' });
    expect(await give(opened, '7')).toMatchObject({ password: 'why', privateKey: KEY, lease: 'check-in 7' });
    expect(new Set(secret(7).comments)).toEqual(new Set(['Bridgehead: rita on web01.example.com']));
    expect(secret(7).comments).toHaveLength(3);
    secret(1).requiresApproval = true;
    expect((await give(opened, '1')).password).toBe('p"w ö');
  });
});

describe('logging in to Secret Server', () => {
  it('as a user of a domain, or as a client, happens once', async () => {
    const opened = await open({ domain: 'corp' });
    await opened.findCredentials(session, findOptions());
    await give(opened, '1');
    expect(server.logins).toEqual([{ grant_type: 'password', ...SECRET_SERVER_LOGIN, domain: 'corp' }]);
    const client = await openPlugin(plugin, {
      url: server.url,
      ca_file: server.caFile,
      grant: 'client_credentials',
      ...SECRET_SERVER_CLIENT,
      scope: 'xpmheadless',
      token_url: `${server.url}/oauth2/token`,
    });
    expect(await client.findCredentials(session, findOptions())).toHaveLength(4);
    expect(server.logins[1]).toEqual({
      grant_type: 'client_credentials',
      ...SECRET_SERVER_CLIENT,
      scope: 'xpmheadless',
    });
  });

  it('is done again when the token has expired or was revoked', async () => {
    server.tokenSeconds = 2;
    const opened = await open();
    await opened.findCredentials(session, findOptions());
    server.endTokens();
    expect(await opened.findCredentials(session, findOptions())).toHaveLength(4);
    expect(server.logins).toHaveLength(2);
    await sleep(1100);
    expect(await opened.findCredentials(session, findOptions())).toHaveLength(4);
    expect(server.logins).toHaveLength(3);
  });

  it('with a wrong password says so, and repeats it nowhere', async () => {
    const opened = await open({ password: 'wrong-password' });
    const failure = await opened.findCredentials(session, findOptions()).catch((error: Error) => error);
    expect(failure).toMatchObject({
      code: 'misconfigured',
      message: 'Secret Server does not let the user or client of the settings log in.',
    });
    expect(inspect([failure, opened.logged], { depth: 5 })).not.toContain('wrong-password');
    await expect(openPlugin(plugin, { url: server.url, username: 'x' })).rejects.toThrow(
      'password: It is needed with grant: password.',
    );
  });

  it('and being well are two things', async () => {
    const opened = await open();
    expect(await opened.checkHealth?.(callOptions())).toMatchObject({ healthy: true });
    server.broken = true;
    await expect(opened.findCredentials(session, findOptions())).rejects.toMatchObject({
      code: 'unavailable',
      message: 'Secret Server answered with something that is not JSON.',
    });
  });
});
