import express, { Router } from 'express';
import { ENROL_PATH, type EnrolAnswer, parseEnrolRequest } from '../../agents/protocol.ts';
import type { JumpointConnections } from '../../appliance/sessions/jumpoint-connections.ts';
import { route } from '../access/route-table.ts';
import { clientAddress } from '../http/client-address.ts';
import { parsedBody } from './program-body.ts';
import type { ServerIdentity } from './server-identity.ts';

export interface EnrolmentDeps {
  connections: JumpointConnections;
  identity: ServerIdentity;
  urls: () => readonly string[];
}

/** Where a Jumpoint program registers its keys; the enrolment token is the credential. */
export function enrolmentRoutes({ connections, identity, urls }: EnrolmentDeps): Router {
  const router = Router();
  route(router, 'post', ENROL_PATH, 'own-credential', express.json({ limit: '16kb' }), async (req, res) => {
    const request = parsedBody(parseEnrolRequest, req.body);
    const { jumpointNodeId, jumpointName } = await connections.enrol(request.token, {
      identityPublicKey: Buffer.from(request.identity_public_key, 'base64'),
      sealingPublicKey: Buffer.from(request.sealing_public_key, 'base64'),
      hostname: request.hostname,
      version: request.version,
      publicIp: clientAddress(req),
    });
    const answer: EnrolAnswer = {
      jumpoint_node_id: jumpointNodeId,
      jumpoint_name: jumpointName,
      server_key: identity.publicKey,
      urls: [...urls()],
    };
    res.status(201).json(answer);
  });
  return router;
}
