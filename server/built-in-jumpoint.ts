import { join } from 'node:path';
import type { Logger } from 'pino';
import { type BuiltInJumpoint, spawnBuiltInJumpoint } from '../agents/jumpoint/built-in.ts';
import { encodeEnrolmentToken } from '../agents/protocol.ts';
import type { SystemActor } from '../appliance/actor.ts';
import { builtInJumpointId } from '../appliance/jump/built-in-jumpoint.ts';
import type { EnrolmentTokenService } from '../appliance/jump/enrolment-token-service.ts';
import type { JumpointService } from '../appliance/jump/jumpoint-service.ts';
import type { Config } from '../config.ts';

const START_UP: SystemActor = { kind: 'system', name: 'start-up' };
const TOKEN_SECONDS = 300;

export interface BuiltInDeps {
  config: Config;
  /** The port the server listens on. */
  port: number;
  serverKey: string;
  jumpoints: JumpointService;
  enrolmentTokens: EnrolmentTokenService;
  log: Logger;
}

/** Starts the Jumpoint that comes with the server, as a child process that knows no secret of it. */
export async function startBuiltInJumpoint(deps: BuiltInDeps): Promise<BuiltInJumpoint> {
  const { config, jumpoints, enrolmentTokens, serverKey } = deps;
  const jumpointId = await builtInJumpointId(jumpoints);
  const url = ownUrl(config, deps.port);
  return spawnBuiltInJumpoint({
    stateDir: join(config.dataDir, 'jumpoint'),
    url,
    serverKey,
    host: new URL(config.publicUrl).host,
    enrolmentToken: async () => {
      const { token } = await enrolmentTokens.mint(START_UP, jumpointId, { lifetimeSeconds: TOKEN_SECONDS });
      return encodeEnrolmentToken({ url, token, server_key: serverKey });
    },
    log: deps.log,
  });
}

/** The way from this host to this process, whatever names and certificates others reach it by. */
function ownUrl(config: Config, port: number): string {
  const { host } = config.listen;
  const address = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  const scheme = config.tls.mode === 'off' ? 'http' : 'https';
  return `${scheme}://${address.includes(':') ? `[${address}]` : address}:${port}`;
}
