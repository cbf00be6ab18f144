import type {
  AccessQuestionRequest,
  AskedSubject,
} from '../../../appliance/access/explain/access-questions.ts';
import type { UserReference } from '../../../appliance/access/explain/access-references.ts';
import type { components } from '../../generated/openapi.ts';

type Schemas = components['schemas'];
export type QuestionBody = Schemas['AccessQuestion'] | Schemas['PolicyExpectation'];

/** The question a body asks; `user` where it names none. */
export function toQuestion(body: QuestionBody, user: UserReference = {}): AccessQuestionRequest {
  return {
    ...toSubject(body),
    user: body.user ?? user,
    at: dateOf(body.at),
    startMethod: body.start_method,
    customerPresent: body.customer_present,
    publicPortalId: body.public_portal_id,
    overrideSchedule: body.override_schedule,
    ticketId: body.ticket_id,
  };
}

function toSubject(body: QuestionBody): AskedSubject {
  const { ad_hoc: adHoc } = body;
  return {
    action: body.action ?? 'start',
    jumpItem: toItemReference(body.jump_item),
    jumpGroup: toGroupReference(body.jump_group),
    destination: toGroupReference(body.destination),
    adHoc: adHoc && {
      jumpointId: adHoc.jumpoint_id,
      jumpoint: adHoc.jumpoint,
      hostname: adHoc.hostname,
      port: adHoc.port,
      protocol: adHoc.protocol,
    },
    right: body.right,
    operationId: body.operation_id,
  };
}

export function toItemReference(reference: Schemas['AccessItemReference'] | undefined) {
  if (reference === undefined) return undefined;
  const { id, name, type: kind, jump_group: jumpGroup } = reference;
  return { id, name, kind, jumpGroup };
}

function toGroupReference(reference: Schemas['AccessGroupReference'] | undefined) {
  if (reference === undefined) return undefined;
  const { type, id, code_name: codeName, username } = reference;
  return { type, id, codeName, username };
}

export function dateOf(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}
