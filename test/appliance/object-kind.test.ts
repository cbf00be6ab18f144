import { describe, expect, it } from 'vitest';
import type { Actor } from '../../appliance/actor.ts';
import type { AuditEntry, AuditLog } from '../../appliance/audit/audit-log.ts';
import { ObjectKind } from '../../appliance/object-kind.ts';

interface Lamp {
  id: number;
  label: string;
  wattHours: number;
  lit: boolean;
  revision: number;
}

const LAMP = new ObjectKind<Lamp>({
  type: 'desk_lamp',
  noun: 'desk lamp',
  name: (lamp) => lamp.label,
  state: ({ lit: _, ...lamp }) => lamp,
});
const actor: Actor = { kind: 'system', name: 'test' };
const before: Lamp = { id: 7, label: 'Left', wattHours: 40, lit: false, revision: 3 };
const object = { type: 'desk_lamp', id: 7, name: 'Left' };

describe('locking an object', () => {
  const store = { lockById: async (id: number) => (id === 7 ? before : undefined) };

  it('answers it at a wanted revision, and at any when none is wanted', async () => {
    expect(await LAMP.lock(store, 7)).toBe(before);
    expect(await LAMP.lock(store, 7, [2, 3])).toBe(before);
  });

  it('refuses a revision that is not wanted, and what is not there', async () => {
    await expect(LAMP.lock(store, 7, [2])).rejects.toMatchObject({ code: 'precondition_failed' });
    await expect(LAMP.lock(store, 8, [3])).rejects.toMatchObject({
      code: 'not_found',
      message: 'There is no desk lamp with id 8.',
    });
  });
});

describe('writing a change', () => {
  it('writes the object, then an audit row of what differs, and answers the new revision', async () => {
    const { store, auditLog, steps } = written();
    const after = { ...before, wattHours: 60 };

    expect(await LAMP.update(store, { auditLog, actor }, before, after)).toEqual({ ...after, revision: 4 });
    expect(steps).toEqual([
      after,
      { type: 'desk_lamp.updated', actor, object, before: { watt_hours: 40 }, after: { watt_hours: 60 } },
    ]);
  });

  it('writes nothing without a difference that audit rows would show', async () => {
    const { store, auditLog, steps } = written();

    expect(await LAMP.update(store, { auditLog, actor }, before, { ...before, lit: true })).toBe(before);
    expect(steps).toEqual([]);
  });
});

describe('an audit row', () => {
  it('shows what came and what went, with what went along, but neither the revision nor hidden state', () => {
    const state = { id: 7, label: 'Left', watt_hours: 40 };

    expect(LAMP.created(actor, before)).toEqual({ type: 'desk_lamp.created', actor, object, after: state });
    expect(LAMP.deleted(actor, before, { bulbs: 2 })).toEqual({
      type: 'desk_lamp.deleted',
      actor,
      object,
      before: { ...state, bulbs: 2 },
    });
  });
});

/** A store and an audit log that keep what they are given, in one order. */
function written() {
  const steps: (Lamp | AuditEntry)[] = [];
  const auditLog: AuditLog = {
    record: async (entry) => void steps.push(entry),
    find: async () => [],
  };
  const store = {
    update: async (lamp: Lamp) => {
      steps.push(lamp);
      return lamp.revision + 1;
    },
  };
  return { store, auditLog, steps };
}
