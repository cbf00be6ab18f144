import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { dateTime } from '../../../appliance/date-time.ts';
import { ApplianceError } from '../../../appliance/errors.ts';
import { asciicast } from '../../../appliance/sessions/asciicast.ts';
import type { SessionService } from '../../../appliance/sessions/session-service.ts';
import type { SessionStart } from '../../../appliance/sessions/session-start.ts';
import type { StartRequest } from '../../../appliance/sessions/start-request.ts';
import { actorOf, personOf } from '../../access/access-gate.ts';
import type { BodyOf, Handlers } from '../../contract/handlers.ts';
import { sendCreated } from '../../contract/paging.ts';
import {
  cursorAt,
  eventCursor,
  positionOf,
  sequenceOf,
  toEventAnswer,
  toSessionAnswer,
  toWholeSessionAnswer,
} from './session-wire.ts';

const DEFAULT_LIMIT = 100;

export interface SessionHandlerDeps {
  sessions: SessionService;
  sessionStart: SessionStart;
}

export function sessionHandlers({ sessions, sessionStart }: SessionHandlerDeps): Partial<Handlers> {
  return {
    'api.config.session.index': async (req, res) => {
      const { query } = req;
      const page = await sessions.list(
        actorOf(req),
        {
          state: query.state,
          userId: query.user_id,
          jumpItemId: query.jump_item_id,
          jumpItemKind: query.jump_item_type,
          jumpGroupId: query.jump_group_id,
          externalKey: query.external_key,
          startedFrom: dateOf(query.started_from),
          startedBefore: dateOf(query.started_before),
          search: query.search || undefined,
        },
        positionOf(query.cursor),
        query.limit ?? DEFAULT_LIMIT,
      );
      res.json({
        items: page.items.map(toSessionAnswer),
        total: page.total,
        next_cursor: cursorAt(page.next),
      });
    },
    'api.config.session.store': async (req, res) => {
      const actor = personOf(req);
      const { session, channel } = await sessionStart.start(
        actor,
        startRequest(req.body, req.socket.remotePort),
      );
      const view = await sessions.show(actor, session.lsid);
      sendCreated(res, `/session/${session.lsid}`, {
        ...toWholeSessionAnswer(view),
        channel: { id: channel.id, relay_url: channel.relayUrl },
      });
    },
    'api.config.session.show': async (req, res) => {
      res.json(toWholeSessionAnswer(await sessions.show(actorOf(req), req.params.lsid)));
    },
    'api.config.session.update': async (req, res) => {
      const { external_key: externalKey, custom_attributes: attributes } = req.body;
      const view = await sessions.change(actorOf(req), req.params.lsid, {
        externalKey: externalKey === null ? '' : externalKey,
        attributes,
      });
      res.json(toWholeSessionAnswer(view));
    },
    'api.config.session.event.index': async (req, res) => {
      const limit = req.query.limit ?? DEFAULT_LIMIT;
      const after = sequenceOf(req.query.cursor);
      const events = await sessions.events(actorOf(req), req.params.lsid, after, limit + 1);
      const items = events.slice(0, limit);
      const last = items.at(-1);
      res.json({
        items: items.map(toEventAnswer),
        next_cursor: events.length > limit && last ? eventCursor(last.sequence) : null,
      });
    },
    'api.config.session.terminate': async (req, res) => {
      res.json(toWholeSessionAnswer(await sessions.terminate(actorOf(req), req.params.lsid)));
    },
    'api.config.session.channel.ticket': async (req, res) => {
      const { lsid, channel_id: channelId } = req.params;
      const { relayUrl, expiresAt } = await sessions.ticketFor(personOf(req), lsid, channelId);
      res.status(201).json({ relay_url: relayUrl, expires_at: dateTime(expiresAt) });
    },
    'api.config.session.recording.show': async (req, res) => {
      const { lsid, instance } = req.params;
      const { session, reader } = await sessions.openRecording(actorOf(req), lsid, Number(instance));
      res.type('application/x-asciicast');
      res.attachment(`${lsid}-${instance}.cast`);
      res.type('application/x-asciicast');
      await pipeline(Readable.from(asciicast(reader, session.jumpItemName)), res).catch(ignoreAbort);
    },
  };
}

/** Somebody who stops a download has done nothing wrong. */
function ignoreAbort(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
}

function startRequest(
  body: BodyOf<'api.config.session.store'>,
  remotePort: number | undefined,
): StartRequest {
  return {
    target: targetOf(body),
    username: body.username ?? undefined,
    credential: body.credential,
    externalKey: body.external_key ?? undefined,
    customAttributes: body.custom_attributes,
    ticketId: body.ticket_id ?? undefined,
    overrideSchedule: body.override_schedule ?? undefined,
    size: body.size,
    startMethod: body.start_method ?? undefined,
    remotePort,
  };
}

function targetOf({
  jump_item: jumpItem,
  ad_hoc: adHoc,
}: BodyOf<'api.config.session.store'>): StartRequest['target'] {
  if (jumpItem) return { jumpItem: { kind: jumpItem.type, id: jumpItem.id } };
  if (!adHoc) throw new ApplianceError('invalid', 'Name a Jump Item or a target.');
  return {
    adHoc: {
      jumpointId: adHoc.jumpoint_id,
      hostname: adHoc.hostname,
      port: adHoc.port ?? undefined,
      protocol: adHoc.protocol ?? undefined,
      username: adHoc.username ?? undefined,
      terminal: adHoc.terminal ?? undefined,
      keepAlive: adHoc.keep_alive ?? undefined,
      endpointHandle: adHoc.endpoint_handle ?? undefined,
    },
  };
}

function dateOf(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}
