import { type ReactNode, useState } from 'react';
import { ApiError } from './api.ts';
import { ConflictDialog, type Reading } from './conflict-dialog.tsx';
import { merged, type Overtaken, overtakenBy, same } from './three-way.ts';
import { useWarnBeforeLeaving } from './warn-before-leaving.ts';

/** The record as somebody else left it. */
export interface Newer<Values> {
  values: Values;
  /** From now on a save is made on top of this state. Called once the person has chosen. */
  adopt: () => void;
}

export interface Editing<Values> {
  values: Values;
  change: (part: Partial<Values>) => void;
  changed: boolean;
  error: ApiError | undefined;
  busy: boolean;
  save: () => Promise<void>;
  /** To be rendered anywhere in the form. */
  conflict: ReactNode;
}

/**
 * State of one form. A failed save loses nothing. When another person was quicker (412), the record is read again and
 * the person chooses field by field between theirs and yours before anything is saved.
 */
export function useEditing<Values extends object>(options: {
  initial: Values;
  /** Throws the API's refusal. */
  onSave: (values: Values) => Promise<void>;
  /** Reads what is there now; without it, being overtaken is an error like any other. */
  onOvertaken?: (() => Promise<Newer<Values>>) | undefined;
  reading: (name: string) => Reading;
}): Editing<Values> {
  const [base, setBase] = useState(options.initial);
  const [values, setValues] = useState(options.initial);
  const [error, setError] = useState<ApiError>();
  const [busy, setBusy] = useState(false);
  const [overtaken, setOvertaken] = useState<{ newer: Newer<Values>; changes: Overtaken[] }>();
  const changed = !same(values, base);
  useWarnBeforeLeaving(changed && !busy);

  const attempt = async (typed: Values, since: Values) => {
    setBusy(true);
    setError(undefined);
    try {
      await options.onSave(typed);
      setBase(typed);
    } catch (problem) {
      setError(problem as ApiError);
      if (!(problem instanceof ApiError) || problem.status !== 412 || options.onOvertaken === undefined)
        return;
      try {
        const newer = await options.onOvertaken();
        setOvertaken({ newer, changes: overtakenBy(since, newer.values, typed) });
      } catch (reading) {
        setError(reading as ApiError);
      }
    } finally {
      setBusy(false);
    }
  };

  const choose = async (takeTheirs: Set<string>) => {
    if (overtaken === undefined) return;
    const { newer } = overtaken;
    const chosen = merged(newer.values, values, takeTheirs);
    newer.adopt();
    setBase(newer.values);
    setValues(chosen);
    setOvertaken(undefined);
    await attempt(chosen, newer.values);
  };

  return {
    values,
    change: (part) => setValues((now) => ({ ...now, ...part })),
    changed,
    error,
    busy,
    save: () => attempt(values, base),
    conflict: overtaken !== undefined && (
      <ConflictDialog
        changes={overtaken.changes}
        reading={options.reading}
        busy={busy}
        onChoose={(takeTheirs) => void choose(takeTheirs)}
        onClose={() => setOvertaken(undefined)}
      />
    ),
  };
}
