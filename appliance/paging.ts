/** One numbered page of a published list. */
export interface PageRequest {
  /** Rows before the page, 0 or more. */
  offset: number;
  /** Rows of the page, 1 or more. */
  limit: number;
}

export interface Page<T> {
  items: T[];
  /** Rows of all pages together. */
  total: number;
}
