import { Pagination } from '@mantine/core';

/** Buttons to the pages of a list, where it has more than one. */
export function PageButtons(props: {
  /** What is on the pages, for those who hear the buttons read. */
  of: string;
  page: number;
  /** Undefined until the list is there. */
  last: number | undefined;
  onPage: (page: number) => void;
}) {
  if (props.last === undefined || props.last <= 1) return null;
  return (
    <Pagination
      size="sm"
      total={props.last}
      value={props.page}
      onChange={props.onPage}
      getControlProps={(control) => ({ 'aria-label': `${control} page of ${props.of}` })}
    />
  );
}
