/** One line of a list of calls. */
export interface CallRow {
  key: string;
  at: string;
  what: string;
  /** How many at once, where they are counted by the minute. */
  count?: string;
  /** Why it was refused; "" when it was taken. */
  reason: string;
  detail: string;
  from?: string;
}
