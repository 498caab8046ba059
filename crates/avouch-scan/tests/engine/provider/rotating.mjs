// A real OpenID provider (oidc-provider) whose keys change and which goes away when it is told to, for
// the test that the gateway believes its tokens all the while. Prints one line of JSON when it listens.
import http from 'node:http';
import { once } from 'node:events';
import Provider from 'oidc-provider';
import { exportJWK, generateKeyPair } from 'jose';

// Standard output is for the one line below.
console.info = () => {};
console.warn = () => {};

const API = 'urn:test:api';
const server = http.createServer((request, response) => answer(request, response));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const issuer = `http://127.0.0.1:${server.address().port}`;

let keys = [];
let made = 0;
let isDown = false;
let provider;

// The newest key signs, and the one before it is still published.
async function rotate() {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  made += 1;
  const key = { ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: `k${made}` };
  keys = [key, ...keys].slice(0, 2);
  provider = new Provider(issuer, {
    jwks: { keys },
    clients: [
      {
        client_id: 'machine',
        client_secret: 'secret',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => API,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: '',
          audience: API,
          accessTokenTTL: 600,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  }).callback();
}

await rotate();

async function answer(request, response) {
  const done = () => response.end('done');
  if (request.url === '/control/rotate') return rotate().then(done);
  if (request.url === '/control/down') {
    isDown = true;
    return done();
  }
  if (isDown) return request.socket.destroy();
  return provider(request, response);
}

console.log(JSON.stringify({ issuer }));
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
