import { Button, Drawer, Menu } from '@mantine/core';
import { IconDownload, IconPlus, IconUpload } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { API, client, ok, type Read, readOf } from '../../shared/api.ts';
import {
  useJumpGroupChoices,
  useJumpointChoices,
  useJumpPolicyChoices,
  useSessionPolicyChoices,
} from '../../shared/choices.ts';
import {
  fromForm,
  itemAddress,
  type JumpItemKind,
  KIND_DEFAULTS,
  KIND_FIELDS,
  KIND_LABELS,
  MADE_KINDS,
  needsJumpoint,
  toForm,
} from '../../shared/jump-item-kinds.ts';
import {
  JUMP_ITEM_COLUMNS,
  type JumpItemSummary,
  searchJumpItems,
  useJumpItemFilters,
} from '../../shared/jump-item-list.tsx';
import { ListPage } from '../../shared/list-page.tsx';
import { type Field, type FormValues, RecordForm } from '../../shared/record-form.tsx';
import { bodyOf } from '../../shared/resource-page.tsx';
import { useChangedList } from '../../shared/use-changed-list.ts';
import { useLoaded } from '../../shared/use-loaded.ts';
import { WhenLoaded } from '../../shared/when-loaded.tsx';
import { RemoveJumpItems } from './remove-jump-items.tsx';

type Open = { kind: JumpItemKind; item?: JumpItemSummary } | undefined;

export function JumpItemsPage() {
  const [parameters] = useSearchParams();
  const [open, setOpen] = useState<Open>();
  const [removing, setRemoving] = useState<{ items: JumpItemSummary[]; done: () => void }>();
  const { list, changed } = useChangedList();
  const filters = useJumpItemFilters();
  const saved = (message: string) => {
    setOpen(undefined);
    changed(message);
  };
  const exported = new URLSearchParams(parameters);
  exported.delete('cursor');
  exported.delete('page');

  return (
    <>
      <ListPage<JumpItemSummary>
        name="jump-items"
        title="Jump Items"
        searchable
        {...list}
        columns={JUMP_ITEM_COLUMNS}
        filters={filters}
        rowKey={(item) => `${item.type} ${item.id}`}
        load={searchJumpItems}
        empty={
          <>
            There are no Jump Items yet. <Link to="/import">Import a file</Link> or create the first one.
          </>
        }
        onRow={(item) => setOpen({ kind: item.type, item })}
        rowActions={(item) => (
          <Button
            size="compact-xs"
            variant="subtle"
            component={Link}
            to={`/access/who-may?item=${item.id}`}
            aria-label={`Who may start ${item.name}`}
          >
            Who may
          </Button>
        )}
        bulkActions={(items, done) => (
          <Button size="xs" color="red" variant="light" onClick={() => setRemoving({ items, done })}>
            Delete
          </Button>
        )}
        actions={
          <>
            <Button
              component="a"
              variant="default"
              leftSection={<IconDownload size={16} />}
              href={`${API}/jump-item/export?${exported}`}
            >
              Export
            </Button>
            <Button component={Link} to="/import" variant="default" leftSection={<IconUpload size={16} />}>
              Import
            </Button>
            <Menu>
              <Menu.Target>
                <Button leftSection={<IconPlus size={16} />}>New Jump Item</Button>
              </Menu.Target>
              <Menu.Dropdown>
                {MADE_KINDS.map((kind) => (
                  <Menu.Item key={kind} onClick={() => setOpen({ kind })}>
                    {KIND_LABELS[kind]}
                  </Menu.Item>
                ))}
              </Menu.Dropdown>
            </Menu>
          </>
        }
      />
      <Drawer
        opened={open !== undefined}
        onClose={() => setOpen(undefined)}
        position="right"
        size="lg"
        closeOnClickOutside={false}
        title={open?.item?.name ?? (open === undefined ? '' : `New ${KIND_LABELS[open.kind]}`)}
      >
        {open !== undefined && (
          <JumpItemForm
            key={open.item?.id ?? open.kind}
            {...open}
            onSaved={saved}
            onCancel={() => setOpen(undefined)}
          />
        )}
      </Drawer>
      {removing !== undefined && (
        <RemoveJumpItems
          items={removing.items}
          onClose={() => setRemoving(undefined)}
          onRemoved={() => {
            removing.done();
            changed();
          }}
        />
      )}
    </>
  );
}

function JumpItemForm(props: {
  kind: JumpItemKind;
  item?: JumpItemSummary;
  onSaved: (message: string) => void;
  onCancel: () => void;
}) {
  const { kind, item } = props;
  const address = itemAddress(kind);
  const fields = useJumpItemFields(kind);
  const read = async (signal: AbortSignal): Promise<Read<FormValues>> => {
    if (item === undefined) return { value: { ...KIND_DEFAULTS[kind], tag: '', comments: '' }, ifMatch: {} };
    const found = client.GET(`${address}/{id}`, { params: { path: { id: item.id } }, signal });
    const { value, ifMatch } = await readOf(found);
    return { value: toForm(value as unknown as Record<string, unknown>), ifMatch };
  };
  const loaded = useLoaded(`item ${kind} ${item?.id ?? 'new'}`, read);
  const overtaken = useRef<Read<FormValues>['ifMatch']>(undefined);
  return (
    <WhenLoaded loaded={loaded}>
      {(data) => (
        <RecordForm
          key={JSON.stringify(data.ifMatch)}
          fields={fields}
          initial={data.value}
          saveLabel={item === undefined ? 'Create' : 'Save'}
          onCancel={props.onCancel}
          onOvertaken={async () => {
            const now = await read(new AbortController().signal);
            return {
              values: now.value,
              adopt: () => {
                overtaken.current = now.ifMatch;
              },
            };
          }}
          onSave={async (values) => {
            if (item === undefined) {
              await ok(client.POST(address, { body: bodyOf(fromForm(values)) }));
              props.onSaved('Jump Item created');
            } else {
              await ok(
                client.PATCH(`${address}/{id}`, {
                  params: { path: { id: item.id }, header: overtaken.current ?? data.ifMatch },
                  body: bodyOf(fromForm(values)),
                }),
              );
              props.onSaved('Jump Item saved');
            }
          }}
        />
      )}
    </WhenLoaded>
  );
}

function useJumpItemFields(kind: JumpItemKind): Field[] {
  const groups = useJumpGroupChoices();
  const jumpoints = useJumpointChoices();
  const jumpPolicies = useJumpPolicyChoices();
  const sessionPolicies = useSessionPolicyChoices((policy) => policy.available_to_jump_items);
  const choice = (name: string, label: string, options: typeof groups, required = false): Field => ({
    name,
    label,
    kind: 'select',
    options,
    numeric: true,
    required,
  });
  return [
    { name: 'name', label: 'Name', kind: 'text', required: true, maxLength: 128 },
    ...(needsJumpoint(kind) ? [choice('jumpoint_id', 'Jumpoint', jumpoints, true)] : []),
    ...KIND_FIELDS[kind],
    choice('jump_group_id', 'Jump Group', groups, true),
    { name: 'tag', label: 'Tag', kind: 'text', maxLength: 64 },
    { name: 'comments', label: 'Comments', kind: 'textarea', maxLength: 1024 },
    choice('jump_policy_id', 'Jump Policy', jumpPolicies),
    choice('session_policy_id', 'Session policy', sessionPolicies),
    {
      name: 'external_id',
      label: 'External id',
      kind: 'text',
      maxLength: 255,
      help: 'What another system calls this item; imports match by it.',
    },
  ];
}
