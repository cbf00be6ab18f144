import { invalidField } from '../../../appliance/errors.ts';
import type { JumpItemKind } from '../../../appliance/jump/jump-item.ts';
import type { CredentialChooser, CredentialTarget } from '../../../appliance/vault/credential-chooser.ts';
import type { OfferedCredential } from '../../../appliance/vault/credential-sections.ts';
import { personOf } from '../../access/access-gate.ts';
import type { AnswerOf, Handlers } from '../../contract/handlers.ts';

/** What a signed-in person chooses credentials by. */
export function credentialHandlers({ chooser }: { chooser: CredentialChooser }): Partial<Handlers> {
  return {
    'api.config.credential.index': async (req, res) => {
      const {
        items,
        default: preset,
        truncated,
        problems,
      } = await chooser.offer(personOf(req), targetOf(req.query), req.query.search ?? '');
      res.json({ items: items.map(toOffered), default: preset ?? null, truncated, problems });
    },
    'api.config.me.favorite-credential.store': async (req, res) => {
      await chooser.addFavorite(personOf(req), req.body);
      res.status(204).end();
    },
    'api.config.me.favorite-credential.destroy': async (req, res) => {
      await chooser.removeFavorite(personOf(req), req.query);
      res.status(204).end();
    },
    'api.config.me.default-credential.show': async (req, res) => {
      res.json(await chooser.default(personOf(req), itemOf(req.query)));
    },
    'api.config.me.default-credential.store': async (req, res) => {
      res.json(await chooser.setDefault(personOf(req), itemOf(req.query), req.body));
    },
    'api.config.me.default-credential.destroy': async (req, res) => {
      await chooser.clearDefault(personOf(req), itemOf(req.query));
      res.status(204).end();
    },
  };
}

function toOffered({
  associated: _associated,
  isDefault,
  ...credential
}: OfferedCredential): AnswerOf<'api.config.credential.index', 200>['items'][number] {
  return { ...credential, default: isDefault };
}

function itemOf(query: { jump_item_type: JumpItemKind; jump_item_id: number }) {
  return { kind: query.jump_item_type, id: query.jump_item_id };
}

function targetOf(query: {
  jump_item_type?: JumpItemKind | undefined;
  jump_item_id?: number | undefined;
  hostname?: string | undefined;
  endpoint_handle?: string | undefined;
}): CredentialTarget {
  const { jump_item_type: kind, jump_item_id: id, hostname, endpoint_handle: endpointHandle } = query;
  if (id !== undefined && hostname !== undefined) {
    throw invalidField('hostname', 'Name a Jump Item or a host, not both.');
  }
  if (hostname !== undefined) return { hostname, endpointHandle };
  if (id === undefined) throw invalidField('jump_item_id', 'Name a Jump Item or a host.');
  if (kind === undefined) throw invalidField('jump_item_type', 'The type of the Jump Item is needed.');
  return { jumpItem: { kind, id } };
}
