/** Whom an @ in the text means: members, units, posts, everybody, those who have not read. Pure; the text says it all. */
import type { Member } from '@/api/types';
import type { Content } from '@/live/frames';

export interface Target {
  kind: 'person' | 'unit' | 'post' | 'all' | 'unread';
  /** User id, unit or post id; empty for the last two. */
  id: string;
  /** What stands after the @. */
  label: string;
  /** Beside the label in the list. */
  detail: string;
  isBot?: boolean;
  /** What one may type to find it, lower case. */
  spelt: readonly string[];
}

export interface Words {
  all: string;
  unread: string;
  allDetail: string;
  unreadDetail: string;
  unitDetail: (people: number) => string;
  bot: string;
}

const joined = (text: string): string => text.replace(/\s/g, '').toLowerCase();

/** Everything that can be named in a room, people first. */
export function targetsOf(members: readonly Member[], words: Words): Target[] {
  const people = members
    .filter((member) => member.name)
    .map((member): Target => ({
      kind: 'person', id: member.user_id, label: member.name, isBot: member.kind === 'bot',
      detail: member.kind === 'bot' ? words.bot : `${member.unit_name} ${member.post_title}`.trim(),
      spelt: [joined(member.pinyin), member.initials.toLowerCase()],
    }));
  const units = new Map<string, { name: string; people: number }>();
  const posts = new Map<string, Target>();
  for (const member of members) {
    if (member.kind === 'bot' || !member.unit_id || !member.unit_name) continue;
    const unit = units.get(member.unit_id) ?? { name: member.unit_name, people: 0 };
    units.set(member.unit_id, { ...unit, people: unit.people + 1 });
    if (!member.post_id || !member.post_title) continue;
    const label = `${member.unit_name}${member.post_title}`;
    const known = posts.get(member.post_id);
    posts.set(member.post_id, { kind: 'post', id: member.post_id, label, detail: known ? `${known.detail}、${member.name}` : member.name, spelt: [] });
  }
  const groups: Target[] = [
    { kind: 'all', id: '', label: words.all, detail: words.allDetail, spelt: ['all', 'qt', 'quanti', 'syr', 'suoyouren'] },
    { kind: 'unread', id: '', label: words.unread, detail: words.unreadDetail, spelt: ['wd', 'weidu', 'unread'] },
  ];
  const byUnit = [...units].map(([id, unit]): Target => ({ kind: 'unit', id, label: unit.name, detail: words.unitDetail(unit.people), spelt: [] }));
  return [...people, ...groups, ...byUnit, ...posts.values()];
}

function rank(target: Target, query: string, wanted: string): number {
  if (target.label.startsWith(query)) return 0;
  if (target.spelt.some((one) => one !== '' && one.startsWith(wanted))) return 1;
  if (target.label.includes(query)) return 2;
  return target.detail.includes(query) ? 3 : 9;
}

/** What matches what was typed after the @, best first; without a word the groups come first, then people. */
export function matchTargets(targets: readonly Target[], query: string): Target[] {
  if (!query) {
    const isGroup = (target: Target): boolean => target.kind === 'all' || target.kind === 'unread';
    return [...targets.filter(isGroup), ...targets.filter((target) => target.kind === 'person')];
  }
  const wanted = query.toLowerCase();
  return targets
    .map((target, index) => ({ target, index, rank: rank(target, query, wanted) }))
    .filter((row) => row.rank < 9)
    .sort((one, other) => one.rank - other.rank || one.index - other.index)
    .map((row) => row.target);
}

/** The targets named in the text: at each @ the longest label that stands there. */
export function namedIn(text: string, targets: readonly Target[]): Target[] {
  const found = new Map<string, Target>();
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    const rest = text.slice(at + 1);
    const here = targets.filter((target) => rest.startsWith(target.label));
    const longest = Math.max(0, ...here.map((target) => target.label.length));
    // Two people of one name are both meant.
    for (const target of here) if (target.label.length === longest) found.set(`${target.kind}${target.id}`, target);
  }
  return [...found.values()];
}

export interface Asked {
  user_ids: string[];
  room: boolean;
  units: string[];
  posts: string[];
  unread: boolean | string | null;
}

/** `replyTo`: with @未读 those are meant who have not read that message, else one's own newest. */
export function askedFor(named: readonly Target[], replyTo: string | null): Asked {
  const ids = (kind: Target['kind']): string[] => named.filter((target) => target.kind === kind).map((target) => target.id);
  return {
    user_ids: ids('person'),
    room: named.some((target) => target.kind === 'all'),
    units: ids('unit'),
    posts: ids('post'),
    unread: named.some((target) => target.kind === 'unread') ? (replyTo ?? true) : null,
  };
}

export function mentionContent(asked: Asked): Content {
  const { user_ids, room, units, posts, unread } = asked;
  const isOurs = units.length > 0 || posts.length > 0 || unread !== null;
  if (user_ids.length === 0 && !room && !isOurs) return {};
  return {
    'm.mentions': { user_ids, ...(room ? { room } : {}) },
    ...(isOurs ? { 'org.tongzhou.mentions': { units, posts, ...(unread === null ? {} : { unread }) } } : {}),
  };
}
