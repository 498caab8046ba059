// A real OpenID provider (oidc-provider) and a small API that accepts its tokens, for the test that
// an identity logs in, is renewed in time, and refreshes. Prints one line of JSON when it listens.
import http from 'node:http';
import { once } from 'node:events';
import Provider from 'oidc-provider';
import { createLocalJWKSet, exportJWK, generateKeyPair, jwtVerify } from 'jose';

// Standard output is for the one line below.
console.info = () => {};
console.warn = () => {};

const TOKEN_SECONDS = 6;
const API = 'urn:test:api';

const { privateKey } = await generateKeyPair('ES256', { extractable: true });
const jwk = { ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: 'k1' };
const keySet = createLocalJWKSet({ keys: [{ ...jwk, d: undefined }] });

const server = http.createServer((request, response) => answer(request, response));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const issuer = `http://127.0.0.1:${server.address().port}`;

const client = (client_id, more) => ({
  client_id,
  client_secret: 's3cret/+ &=%',
  redirect_uris: [],
  response_types: [],
  id_token_signed_response_alg: 'ES256',
  ...more,
});
const provider = new Provider(issuer, {
  jwks: { keys: [jwk] },
  clients: [
    client('machine', { grant_types: ['client_credentials'] }),
    client('poster', {
      grant_types: ['client_credentials'],
      token_endpoint_auth_method: 'client_secret_post',
    }),
    client('person', {
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: ['https://app.test/cb'],
      response_types: ['code'],
    }),
  ],
  scopes: ['openid', 'offline_access', 'things:read'],
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => API,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: 'things:read',
        audience: API,
        accessTokenTTL: TOKEN_SECONDS,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
  // Every use of a refresh token gives another one, and the old one is worth nothing.
  rotateRefreshToken: true,
  clientBasedCORS: () => false,
});
provider.on('server_error', (_, error) => console.error(error));

const counts = { expired: 0, accepted: 0, issued: 0 };
provider.on('grant.success', () => { counts.issued += 1; });

async function refreshToken() {
  const person = await provider.Client.find('person');
  const grant = new provider.Grant({ accountId: 'ann', clientId: 'person' });
  grant.addOIDCScope('openid offline_access');
  grant.addResourceScope(API, 'things:read');
  const grantId = await grant.save();
  const token = new provider.RefreshToken({
    client: person,
    accountId: 'ann',
    grantId,
    gty: 'authorization_code',
    scope: 'openid offline_access things:read',
    resource: API,
    rotations: 0,
    iiat: Math.floor(Date.now() / 1000),
    expiresWithSession: false,
  });
  return token.save();
}

const things = { '/things': [{ thing: 'T-48213', weightGrams: 812 }], '/me': { name: 'machine-77120' } };
const description = {
  openapi: '3.0.3',
  info: { title: 'Things', version: '1' },
  servers: [{ url: issuer }],
  components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
  security: [{ bearer: [] }],
  paths: Object.fromEntries(
    Object.keys(things).map((path) => [path, { get: { responses: { 200: { description: 'ok' } } } }]),
  ),
};

const protect = provider.callback();
async function answer(request, response) {
  const json = (status, body) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
  const path = request.url.split('?')[0];
  if (path === '/openapi.json') return json(200, description);
  if (path === '/counts') return json(200, counts);
  if (!(path in things)) return protect(request, response);
  const token = (request.headers.authorization ?? '').replace(/^Bearer /, '');
  try {
    await jwtVerify(token, keySet, { issuer, audience: API, algorithms: ['ES256'] });
    counts.accepted += 1;
    return json(200, things[path]);
  } catch (error) {
    if (error.code === 'ERR_JWT_EXPIRED') counts.expired += 1;
    return json(401, { error: 'invalid_token' });
  }
}

console.log(JSON.stringify({ issuer, refresh: await refreshToken() }));
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
