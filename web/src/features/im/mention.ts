/** @ in the composer: what is being typed, who matches, who was meant. Pure. */
import type { Member } from '@/api/types';

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

export function matchMembers(members: readonly Member[], query: string): Member[] {
  const wanted = query.toLowerCase();
  if (!wanted) return [...members];
  const score = (member: Member): number => {
    if (member.name.startsWith(query)) return 0;
    if (member.initials.startsWith(wanted) || member.pinyin.replace(/\s/g, '').startsWith(wanted)) return 1;
    if (member.name.includes(query)) return 2;
    if (member.unit_name.includes(query) || member.post_title.includes(query)) return 3;
    return 9;
  };
  return members
    .map((member, index) => ({ member, index, rank: score(member) }))
    .filter((row) => row.rank < 9)
    .sort((one, other) => one.rank - other.rank || one.index - other.index)
    .map((row) => row.member);
}

/** User ids of the members whose @name stands in the text. */
export function mentionedIn(text: string, members: readonly Member[]): string[] {
  return members.filter((member) => member.name && text.includes(`@${member.name}`)).map((member) => member.user_id);
}
