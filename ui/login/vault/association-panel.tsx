import { notifications } from '@mantine/notifications';
import type { NumberedPage, Read, Schema } from '../../shared/api.ts';
import { useLoaded } from '../../shared/use-loaded.ts';
import { useRevision } from '../../shared/use-revision.ts';
import { WhenLoaded } from '../../shared/when-loaded.tsx';
import { AssociationEditor } from './association-editor.tsx';
import { type AssociationValues, valuesOf } from './association-values.ts';
import { MatchingJumpItems } from './matching-jump-items.tsx';

type Held = Read<Schema<'AccountJumpItemAssociation'> | undefined>;

/** How the association of one account, or of one account group, is read and written. */
export interface AssociationPanelProps {
  /** What it is of; differs from one to the other. */
  name: string;
  /** Of an account: the name of its group, whose association holds where it has none of its own. */
  inheritsFrom?: string;
  /** Undefined within: inherited. */
  read: (signal: AbortSignal) => Promise<Held>;
  /** Fails with 412 when the association is another than `held` by now. */
  save: (values: AssociationValues, held: Held) => Promise<unknown>;
  matching: (
    query: { current_page: number; per_page: number },
    signal: AbortSignal,
  ) => Promise<NumberedPage<Schema<'VaultMatchingJumpItem'>>>;
}

/** The association as a form, and the Jump Items that it stands for as it was saved. */
export function AssociationPanel(props: AssociationPanelProps) {
  const loaded = useLoaded(`association of ${props.name}`, props.read);
  return (
    <WhenLoaded loaded={loaded}>
      {(held) => {
        const revision = held.ifMatch['If-Match'] ?? 'inherited';
        return (
          <>
            <EditAssociation key={revision} panel={props} held={held} onSaved={loaded.reload} />
            <MatchingJumpItems
              key={`matching ${revision}`}
              name={`Jump Items of ${props.name} ${revision}`}
              load={props.matching}
            />
          </>
        );
      }}
    </WhenLoaded>
  );
}

function EditAssociation(props: { panel: AssociationPanelProps; held: Held; onSaved: () => Promise<void> }) {
  const { panel } = props;
  const revision = useRevision(props.held, panel.read);
  return (
    <AssociationEditor
      initial={valuesOf(props.held.value)}
      {...(panel.inheritsFrom === undefined ? {} : { inheritsFrom: panel.inheritsFrom })}
      onOvertaken={revision.newer(valuesOf)}
      onSave={async (values) => {
        await panel.save(values, revision.current);
        await props.onSaved();
        notifications.show({ message: 'Jump Items saved', color: 'teal' });
      }}
    />
  );
}
