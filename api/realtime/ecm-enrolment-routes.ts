import express, { Router } from 'express';
import { ECM_ENROL_PATH, type EcmEnrolAnswer, parseEcmEnrolRequest } from '../../agents/ecm-protocol.ts';
import type { EcmConnections } from '../../appliance/ecm/ecm-connections.ts';
import { actorOf } from '../access/access-gate.ts';
import { route } from '../access/route-table.ts';
import { clientAddress } from '../http/client-address.ts';
import { parsedBody } from './program-body.ts';
import type { ServerIdentity } from './server-identity.ts';

export interface EcmEnrolmentDeps {
  connections: EcmConnections;
  identity: ServerIdentity;
  urls: () => readonly string[];
}

/** Where an ECM host registers its keys, with the token of an API account that has the ECM permission. */
export function ecmEnrolmentRoutes({ connections, identity, urls }: EcmEnrolmentDeps): Router {
  const router = Router();
  route(router, 'post', ECM_ENROL_PATH, 'ecm', express.json({ limit: '16kb' }), async (req, res) => {
    const request = parsedBody(parseEcmEnrolRequest, req.body);
    const { id } = await connections.enrol(actorOf(req), {
      name: request.name,
      identityPublicKey: Buffer.from(request.identity_public_key, 'base64'),
      sealingPublicKey: Buffer.from(request.sealing_public_key, 'base64'),
      hostname: request.hostname,
      version: request.version,
      publicIp: clientAddress(req),
    });
    const answer: EcmEnrolAnswer = {
      ecm_host_id: id,
      name: request.name,
      server_key: identity.publicKey,
      urls: [...urls()],
    };
    res.status(201).json(answer);
  });
  return router;
}
