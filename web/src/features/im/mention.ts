/** @ in the composer: what is being typed. Pure. Who matches and who is meant: mentions/targets.ts. */
/** The text after the last @ before the caret, or null when none is being typed. */
export function mentionQuery(text: string, caret: number): { start: number; query: string } | null {
  const before = text.slice(0, caret);
  const start = before.lastIndexOf('@');
  if (start < 0) return null;
  const query = before.slice(start + 1);
  if (query.length > 12 || /\s/.test(query)) return null;
  // An address such as name@host is not a mention.
  return /[A-Za-z0-9._-]$/.test(before.slice(0, start)) ? null : { start, query };
}
