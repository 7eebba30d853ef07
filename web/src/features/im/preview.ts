/** One line for the conversation list, and the text of notices. */
import { readCard } from '@/cards/schema';
import type { LiveEvent } from '@/live/frames';
import { relationOf } from '@/live/timeline';

import { bodyOf, shortId, unturned, visible } from './text';

type Translate = (key: string, values?: Record<string, unknown>) => string;

export function noticeText(event: LiveEvent, nameOf: (id: string) => string, t: Translate): string {
  const actor = event.acting?.name || nameOf(event.sender);
  if (event.redacted_by || Object.keys(event.content).length === 0) return t('im.notice.recalled', { name: actor });
  if (event.type === 'm.room.name') return t('im.notice.renamed', { name: actor, title: visible(String(event.content['name'] ?? '')) });
  if (event.type === 'm.room.topic') return t('im.notice.topic', { name: actor });
  const given = event.content['displayname'];
  const who = typeof given === 'string' && given ? given : nameOf(event.state_key ?? '');
  const membership = String(event.content['membership'] ?? '');
  if (membership === 'join') return t('im.notice.joined', { name: who });
  if (membership === 'leave' && event.state_key !== event.sender) return t('im.notice.removed', { name: who, actor });
  if (membership === 'leave') return t('im.notice.left', { name: who });
  return t('im.notice.invited', { name: who, actor });
}

/** The text of a message in one line, without the sender. */
export function lineOf(event: LiveEvent, t: Translate): string {
  if (event.redacted_by || Object.keys(event.content).length === 0) return t('im.preview.recalled');
  const card = readCard(event.content);
  if (card) {
    const value = card.kind === 'status' && card.value ? ` ${card.value}` : '';
    return `${t('im.preview.card')} ${card.number ? `${card.number} ` : ''}${card.title}${value}`;
  }
  switch (event.content['msgtype']) {
    case 'm.image':
      return t('im.preview.image');
    case 'm.file':
      return `${t('im.preview.file')} ${visible(String(event.content['body'] ?? ''))}`;
    default:
      return unturned(bodyOf(event.content, relationOf(event.content).replyTo !== null)).replace(/\s+/g, ' ').trim();
  }
}

export function previewOf(event: LiveEvent | null, kind: string, me: string, t: Translate): string {
  if (!event) return '';
  const nameOf = (id: string): string => shortId(id);
  if (event.state_key !== undefined && event.state_key !== null) return noticeText(event, nameOf, t);
  const line = lineOf(event, t);
  if (event.sender === me || kind === 'direct') return line;
  const sender = event.acting?.name ?? (event as Record<string, unknown>)['sender_name'];
  return typeof sender === 'string' && sender ? t('im.preview.by', { name: sender, text: line }) : line;
}
