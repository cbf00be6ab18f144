import { ActionIcon, Group, Paper, Stack, Text, VisuallyHidden } from '@mantine/core';
import { IconChevronDown, IconChevronUp, IconGripVertical } from '@tabler/icons-react';
import { type DragEvent, type ReactNode, useState } from 'react';

export interface OrderListProps<T> {
  label: string;
  items: T[];
  itemKey: (item: T) => string;
  itemName: (item: T) => string;
  children: (item: T) => ReactNode;
  /** The whole list as it is to be. */
  onOrder: (items: T[], moved: T) => void;
  /** While an order is being saved. */
  disabled?: boolean;
  /** Why the order cannot be changed now, e.g. because only some of the items are shown. */
  fixed?: string;
  /** Counted from 1; the place in the list as it is shown when left out. */
  place?: (item: T) => number;
}

/** A list whose order matters: drag a line, or move it with its buttons. What was done is also read out. */
export function OrderList<T>(props: OrderListProps<T>) {
  const [dragged, setDragged] = useState<number>();
  const [over, setOver] = useState<number>();
  const [said, setSaid] = useState('');
  const still = props.disabled === true || props.fixed !== undefined;
  const move = (from: number, to: number) => {
    const item = props.items[from];
    if (item === undefined || to < 0 || to >= props.items.length || from === to) return;
    const rest = props.items.filter((_, index) => index !== from);
    setSaid(`${props.itemName(item)}: now place ${to + 1} of ${props.items.length}`);
    props.onOrder([...rest.slice(0, to), item, ...rest.slice(to)], item);
  };
  const drop = (event: DragEvent, to: number) => {
    event.preventDefault();
    if (dragged !== undefined) move(dragged, to);
    setDragged(undefined);
    setOver(undefined);
  };
  return (
    <>
      <VisuallyHidden aria-live="assertive">{said}</VisuallyHidden>
      <Stack gap="xs" component="ol" aria-label={props.label} p={0} m={0} style={{ listStyle: 'none' }}>
        {props.items.map((item, index) => (
          <Paper
            key={props.itemKey(item)}
            component="li"
            withBorder
            p="xs"
            draggable={!still}
            onDragStart={(event) => {
              event.dataTransfer.effectAllowed = 'move';
              event.dataTransfer.setData('text/plain', props.itemName(item));
              setDragged(index);
            }}
            onDragEnd={() => {
              setDragged(undefined);
              setOver(undefined);
            }}
            onDragOver={(event) => {
              if (dragged === undefined) return;
              event.preventDefault();
              setOver(index);
            }}
            onDrop={(event) => drop(event, index)}
            style={{
              opacity: dragged === index ? 0.5 : 1,
              outline:
                over === index && dragged !== index ? '2px solid var(--mantine-primary-color-filled)' : '',
            }}
          >
            <Group wrap="nowrap" gap="xs" align="center">
              <IconGripVertical size={16} aria-hidden style={{ cursor: 'grab', flexShrink: 0 }} />
              <Text size="sm" c="dimmed" miw={20} ta="right">
                {props.place?.(item) ?? index + 1}
              </Text>
              <div style={{ flex: 1, minWidth: 0 }}>{props.children(item)}</div>
              <Mover
                label={`Move ${props.itemName(item)} up`}
                disabled={still || index === 0}
                reason={props.fixed}
                onClick={() => move(index, index - 1)}
              >
                <IconChevronUp size={16} aria-hidden />
              </Mover>
              <Mover
                label={`Move ${props.itemName(item)} down`}
                disabled={still || index === props.items.length - 1}
                reason={props.fixed}
                onClick={() => move(index, index + 1)}
              >
                <IconChevronDown size={16} aria-hidden />
              </Mover>
            </Group>
          </Paper>
        ))}
      </Stack>
    </>
  );
}

function Mover(props: {
  label: string;
  disabled: boolean;
  reason: string | undefined;
  onClick: () => void;
  children: ReactNode;
}) {
  return (
    <ActionIcon
      variant="default"
      aria-label={props.label}
      title={props.reason ?? props.label}
      disabled={props.disabled}
      onClick={props.onClick}
    >
      {props.children}
    </ActionIcon>
  );
}
