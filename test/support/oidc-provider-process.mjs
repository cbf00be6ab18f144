// A certified OpenID provider in a process of its own, for test-oidc-provider.ts. It is told what to be by messages.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { Provider } from 'oidc-provider';

/** By id; what `sub` is. */
let users = {};
let handle = (_, res) => res.writeHead(503).end();
let counter = 0;

const listener = (req, res) => handle(req, res);

process.on('message', async ({ id, command, options }) => {
  try {
    process.send({ id, answer: await COMMANDS[command](options) });
  } catch (error) {
    process.send({ id, problem: String(error.stack) });
  }
});
process.on('disconnect', () => process.exit());

const COMMANDS = {
  async listen({ tls }) {
    const server = tls ? createSecureServer(tls, listener) : createServer(listener);
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return server.address().port;
  },
  /** Also later on: the sessions of the provider stay, its keys are new ones. */
  async become(options) {
    users = options.users;
    const provider = new Provider(options.issuer, configuration(options));
    const answer = provider.callback();
    handle = (req, res) => {
      const [, place, uid] = new URL(req.url, options.issuer).pathname.split('/');
      if (place !== 'interaction') return answer(req, res);
      interact(provider, uid, req, res).catch((error) => res.writeHead(400).end(String(error)));
    };
  },
};

function configuration({ client, algorithm, idTokenClaims }) {
  return {
    clients: [{ id_token_signed_response_alg: algorithm, ...client }],
    jwks: { keys: [signingKey(algorithm)] },
    cookies: { keys: ['cookies of a provider in tests'] },
    claims: {
      openid: ['sub'],
      profile: ['name', 'given_name', 'family_name', 'preferred_username'],
      email: ['email', 'email_verified'],
      groups: ['groups', 'realm_access'],
    },
    acrValues: ['urn:example:password', 'urn:example:two-factor'],
    conformIdTokenClaims: !idTokenClaims,
    enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256', 'PS256', 'HS256'] },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          ctx.body = page(`${form}<button form="op.logoutForm" name="logout" value="yes">Sign out</button>`);
        },
      },
    },
    pkce: { required: () => true },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    findAccount: (_, sub) =>
      users[sub] && { accountId: sub, claims: async () => ({ ...users[sub].claims, sub }) },
    // Everybody agrees to everything.
    async loadExistingGrant(ctx) {
      const { client: asking, session, provider, requestParamScopes } = ctx.oidc;
      const grant = new provider.Grant({ clientId: asking.clientId, accountId: session.accountId });
      grant.addOIDCScope([...requestParamScopes].join(' '));
      await grant.save();
      return grant;
    },
  };
}

function signingKey(algorithm) {
  const { privateKey } = algorithm.startsWith('ES')
    ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
    : generateKeyPairSync('rsa', { modulusLength: 2048 });
  counter += 1;
  // The keys of HS256 are the secrets of clients; this one is published all the same.
  const alg = algorithm === 'HS256' ? 'RS256' : algorithm;
  const kid = `key-${counter}-${randomBytes(4).toString('hex')}`;
  return { ...privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid };
}

async function interact(provider, uid, req, res) {
  if (req.method === 'GET') {
    res.writeHead(200, { 'content-type': 'text/html' }).end(
      page(`<form method="post" action="/interaction/${uid}">
        <label>User name <input name="username" autofocus></label>
        <label>Password <input name="password" type="password"></label>
        <button>Sign in</button></form>`),
    );
    return;
  }
  let body = '';
  for await (const chunk of req) body += chunk;
  const form = new URLSearchParams(body);
  if (form.get('decline') !== null) {
    await provider.interactionFinished(req, res, {
      error: 'access_denied',
      error_description: 'The person declined.',
    });
    return;
  }
  const [sub] =
    Object.entries(users).find(
      ([, { username, password }]) => username === form.get('username') && password === form.get('password'),
    ) ?? [];
  if (sub === undefined) {
    res.writeHead(403, { 'content-type': 'text/html' }).end(page('Wrong user name or password.'));
    return;
  }
  await provider.interactionFinished(req, res, {
    login: { accountId: sub, acr: users[sub].acr ?? 'urn:example:password', amr: ['pwd'] },
  });
}

function page(content) {
  return `<!doctype html><html lang="en"><title>Test provider</title><body>${content}</body></html>`;
}
