import { useRef } from 'react';
import { ApiError, client, ok, type Read, readOf } from '../../shared/api.ts';
import { Confirm } from '../../shared/confirm.tsx';
import { itemAddress } from '../../shared/jump-item-kinds.ts';
import type { JumpItemSummary } from '../../shared/jump-item-list.tsx';
import { useLoaded } from '../../shared/use-loaded.ts';
import { WhenLoaded } from '../../shared/when-loaded.tsx';

type Revisions = Map<JumpItemSummary, Read<unknown>['ifMatch']>;

/** So many are asked for at once. */
const AT_ONCE = 8;

/** Asks before Jump Items are deleted. What another changed meanwhile is named and deleted only when told to again. */
export function RemoveJumpItems(props: {
  items: JumpItemSummary[];
  onClose: () => void;
  /** Some or all of them are gone. */
  onRemoved: () => void;
}) {
  const { items } = props;
  const key = `revisions of ${items.map((item) => `${item.type} ${item.id}`).join()}`;
  const loaded = useLoaded(key, (signal) => revisionsOf(items, signal));
  return (
    <WhenLoaded loaded={loaded}>{(revisions) => <Question {...props} revisions={revisions} />}</WhenLoaded>
  );
}

function Question(props: {
  items: JumpItemSummary[];
  revisions: Revisions;
  onClose: () => void;
  onRemoved: () => void;
}) {
  const { items } = props;
  /** What is still to be deleted, and on top of which state. */
  const remaining = useRef(props.revisions);
  return (
    <Confirm
      title={items.length === 1 ? `Delete ${items[0]?.name}?` : `Delete ${items.length} Jump Items?`}
      action="Delete"
      onClose={() => {
        if (remaining.current.size < items.length) props.onRemoved();
        props.onClose();
      }}
      onConfirm={async () => {
        const changed: Revisions = new Map();
        for (const [item, ifMatch] of remaining.current) {
          if (!(await isDeleted(item, ifMatch))) changed.set(item, ifMatch);
          else remaining.current = without(remaining.current, item);
        }
        if (changed.size === 0) return;
        throw new ApiError(412, {
          message:
            changed.size === 1
              ? 'One of them has been changed meanwhile and is still there.'
              : `${changed.size} of them have been changed meanwhile and are still there.`,
        });
      }}
      onOvertaken={async () => {
        const left = [...remaining.current.keys()];
        remaining.current = await revisionsOf(left, new AbortController().signal);
        return (
          <ul>
            {left.map((item) => (
              <li key={`${item.type} ${item.id}`}>{item.name}</li>
            ))}
          </ul>
        );
      }}
    >
      {items
        .slice(0, 10)
        .map((item) => item.name)
        .join(', ')}
      {items.length > 10 && ` and ${items.length - 10} more`}
    </Confirm>
  );
}

/** False when somebody changed it meanwhile. What is gone already needs no deleting. */
async function isDeleted(item: JumpItemSummary, header: Read<unknown>['ifMatch']): Promise<boolean> {
  try {
    const params = { path: { id: item.id }, header };
    await ok(client.DELETE(`${itemAddress(item.type)}/{id}`, { params }));
    return true;
  } catch (refusal) {
    if (!(refusal instanceof ApiError)) throw refusal;
    if (refusal.status === 404) return true;
    if (refusal.status === 412) return false;
    throw refusal;
  }
}

async function revisionsOf(items: JumpItemSummary[], signal: AbortSignal): Promise<Revisions> {
  const revisions: Revisions = new Map();
  for (let from = 0; from < items.length; from += AT_ONCE) {
    const some = items.slice(from, from + AT_ONCE);
    const read = await Promise.all(some.map((item) => revisionOf(item, signal)));
    for (const [index, ifMatch] of read.entries()) {
      const item = some[index];
      if (item !== undefined && ifMatch !== undefined) revisions.set(item, ifMatch);
    }
  }
  return revisions;
}

/** Undefined when somebody else has deleted it. */
async function revisionOf(item: JumpItemSummary, signal: AbortSignal) {
  const params = { path: { id: item.id } };
  try {
    return (await readOf(client.GET(`${itemAddress(item.type)}/{id}`, { params, signal }))).ifMatch;
  } catch (refusal) {
    if (refusal instanceof ApiError && refusal.status === 404) return undefined;
    throw refusal;
  }
}

function without(revisions: Revisions, item: JumpItemSummary): Revisions {
  return new Map([...revisions].filter(([other]) => other !== item));
}
