import { dateTime } from '../../../appliance/date-time.ts';
import { invalidField } from '../../../appliance/errors.ts';
import { isJumpItemKind } from '../../../appliance/jump/jump-item.ts';
import type { SessionEvent } from '../../../appliance/sessions/session-event.ts';
import type { SessionView } from '../../../appliance/sessions/session-service.ts';
import type { Recording, SessionPosition } from '../../../appliance/sessions/sessions.ts';
import type { SupportSession } from '../../../appliance/sessions/support-session.ts';
import type { AnswerOf } from '../../contract/handlers.ts';
import { dateTimeOrNull } from '../date-times.ts';

type SessionAnswer = AnswerOf<'api.config.session.show', 200>;
type EventAnswer = AnswerOf<'api.config.session.event.index', 200>['items'][number];

export function toSessionAnswer(view: SessionView): SessionAnswer {
  const { session } = view;
  return {
    lsid: session.lsid,
    lseq: session.lseq,
    state: session.state,
    start_method: session.startMethod,
    started_at: dateTime(session.startedAt),
    ended_at: dateTimeOrNull(session.endedAt),
    end_reason: session.endReason ?? null,
    jump_item: {
      id: session.jumpItemId ?? null,
      type: isJumpItemKind(session.jumpItemKind) ? session.jumpItemKind : 'shell_jump',
      name: session.jumpItemName,
    },
    target: { ...session.target },
    jump_group: jumpGroup(session),
    jumpoint:
      session.jumpointId === undefined ? null : { id: session.jumpointId, name: session.jumpointName ?? '' },
    public_site: { id: session.publicSiteId, name: session.publicSiteName },
    representative: representative(view),
    external_key: session.externalKey,
    ticket_id: session.ticketId,
    customer_present: session.customerPresent,
    ecm_endpoint_id: session.ecmEndpointId ?? null,
    custom_attributes: Object.fromEntries(view.attributes.map(({ codeName, value }) => [codeName, value])),
    recordings: view.recordings.map(toRecording),
    channels: view.channels.map(({ id, kind, instance, closedAt }) => ({
      id,
      kind,
      instance,
      open: closedAt === undefined && session.state !== 'ended',
    })),
  };
}

/** With what only one session shows: lists would be several times as long. */
export function toWholeSessionAnswer(view: SessionView): SessionAnswer {
  const permissions = Object.entries(view.session.permissions).map(
    ([name, value]) => [name, typeof value === 'object' ? [...value] : value] as const,
  );
  return { ...toSessionAnswer(view), session_permissions: Object.fromEntries(permissions) };
}

export function toEventAnswer(event: SessionEvent): EventAnswer {
  return {
    sequence: event.sequence,
    occurred_at: dateTime(event.occurredAt),
    event_type: event.type,
    performed_by: event.performedBy ? { ...event.performedBy } : null,
    destination: event.destination ? { ...event.destination } : null,
    body: event.body ?? null,
    data: event.data ? Object.fromEntries(event.data.map(({ name, value }) => [name, value])) : null,
  };
}

export function cursorAt(position: SessionPosition | undefined): string | null {
  if (!position) return null;
  return Buffer.from(`session:${position.lsid}:${position.startedAt}`).toString('base64url');
}

export function positionOf(cursor: string | undefined): SessionPosition | undefined {
  if (cursor === undefined) return undefined;
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  const [, lsid, startedAt] =
    /^session:([0-9a-f]{32}):(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[\d.+:-]{0,20})$/.exec(text) ?? [];
  if (!lsid || !startedAt) throw invalidField('cursor', 'This is not a cursor of this list.');
  return { lsid, startedAt };
}

export function eventCursor(sequence: number): string {
  return Buffer.from(`event:${sequence}`).toString('base64url');
}

export function sequenceOf(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const [, sequence] = /^event:(\d{1,9})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  if (!sequence) throw invalidField('cursor', 'This is not a cursor of this list.');
  return Number(sequence);
}

function jumpGroup({
  jumpGroupId,
  jumpGroupType,
  jumpGroupName,
}: SupportSession): SessionAnswer['jump_group'] {
  if (jumpGroupId === undefined) return null;
  return { id: jumpGroupId, type: jumpGroupType ?? 'shared', name: jumpGroupName ?? '' };
}

function representative({ session, participants }: SessionView): SessionAnswer['representative'] {
  const owner = participants.find((participant) => participant.owner);
  return {
    id: session.userId ?? null,
    username: owner?.username ?? '',
    public_display_name: owner?.publicDisplayName ?? '',
    private_display_name: owner?.privateDisplayName ?? '',
  };
}

function toRecording(recording: Recording): SessionAnswer['recordings'][number] {
  return {
    instance: recording.instance,
    kind: recording.kind,
    started_at: dateTime(recording.startedAt),
    ended_at: dateTimeOrNull(recording.endedAt),
    bytes: recording.bytes,
    failure: recording.failure ?? null,
  };
}
