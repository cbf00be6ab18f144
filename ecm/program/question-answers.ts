import {
  type CredentialPackage,
  packageBytes,
  parseCredentialPackage,
} from '../../agents/credential-package.ts';
import { fitting, fittingFailure, fittingFound, LONGEST_LEASE } from '../../agents/ecm-questions.ts';
import { seal } from '../../agents/sealed-box.ts';
import type { EcmAnswers, EcmQuestion, EcmQuestionKind, EcmReply } from '../../appliance/ecm/ecm-question.ts';
import { EcmFailure, type EcmOperations } from '../host/ecm-operations.ts';
import type { HostLog } from '../host/host-log.ts';
import type { CredentialPackage as PluginCredential } from '../sdk/plugin.ts';

const LONGEST_USERNAME = 255;

/**
 * Answers one question of the server with what the plug-ins say. A credential leaves this host sealed for the program
 * that the server named, and in no other form. Never rejects; what is unforeseen is for the log and told in general.
 */
export async function answerQuestion(
  operations: EcmOperations,
  question: EcmQuestion,
  signal: AbortSignal,
  log: HostLog,
): Promise<EcmReply> {
  try {
    return { answer: await ask(operations, question, signal) };
  } catch (error) {
    if (error instanceof EcmFailure) return fittingFailure(error.code, error.message);
    if (signal.aborted)
      return fittingFailure('unavailable', 'The credential manager did not answer in time.');
    log.error({ err: error, question: question.kind }, 'a question could not be answered');
    return fittingFailure('plugin_failed', 'The credential manager failed. Its log says why.');
  }
}

async function ask(
  operations: EcmOperations,
  question: EcmQuestion,
  signal: AbortSignal,
): Promise<EcmAnswers[EcmQuestionKind]> {
  const { session } = question;
  switch (question.kind) {
    case 'find_credentials': {
      const { search, limit } = question;
      return fittingFound(await operations.findCredentials(session, { search, limit, signal }), limit);
    }
    case 'find_endpoints': {
      const { search, limit, types } = question;
      return fittingFound(await operations.findEndpoints(session, { search, limit, types, signal }), limit);
    }
    case 'get_credential': {
      const { credential, lease } = await operations.getCredential(session, question.credentialId, {
        signal,
      });
      return { ...sealed(credential, question.sealTo), lease: lease && fitting(lease, LONGEST_LEASE) };
    }
    case 'release_credential': {
      const { credentialId, endedAt, lease } = question;
      await operations.releaseCredential(session, credentialId, new Date(endedAt), { lease, signal });
      return {};
    }
    case 'session_started': {
      const { credentialId, historyUrl } = question;
      await operations.sessionStarted(session, credentialId, { historyUrl, signal });
      return {};
    }
    case 'session_complete':
      await operations.sessionComplete(session, { signal });
      return {};
  }
}

function sealed(
  credential: PluginCredential,
  { publicKey, context }: { publicKey: string; context: string },
): { sealed: string; username: string } {
  const bytes = packageBytes(toPackage(credential));
  try {
    // What the receiver would refuse is refused here, where its plug-in can be named.
    parseCredentialPackage(bytes);
  } catch {
    throw new EcmFailure('plugin_failed', 'The plug-in gave a credential that is too long to be used.');
  }
  try {
    return {
      sealed: seal(Buffer.from(publicKey, 'base64'), context, bytes),
      username: fitting(credential.username ?? '', LONGEST_USERNAME),
    };
  } finally {
    bytes.fill(0);
  }
}

function toPackage({ privateKey, ...rest }: PluginCredential): CredentialPackage {
  return { ...rest, ...(privateKey !== undefined && { private_key: privateKey }) };
}
