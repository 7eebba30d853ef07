/** Message text in parts: plain, mention, link. Pure. */
export interface TextPart {
  kind: 'text' | 'mention' | 'link';
  text: string;
  isMe?: boolean;
}

/** Signs that turn the direction of writing: in a line of several people's words they would turn the others' too. */
const TURNS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
/** An address ends before a sign that is not seen: it would not be the address that one reads. */
const URL_PATTERN = /https?:\/\/[^\s<>"'，。；！？、（）《》【】\p{Cf}]+/gu;

export const unturned = (text: string): string => text.replace(TURNS, '');

/** A name without signs that are not seen: `cod.exe` could be read as `exe.doc`. */
export const visible = (name: string): string => name.replace(/[\p{Cc}\p{Cf}]/gu, '');

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function splitLinks(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let at = 0;
  for (const match of text.matchAll(URL_PATTERN)) {
    const start = match.index;
    if (start > at) parts.push({ kind: 'text', text: text.slice(at, start) });
    parts.push({ kind: 'link', text: match[0] });
    at = start + match[0].length;
  }
  if (at < text.length) parts.push({ kind: 'text', text: text.slice(at) });
  return parts;
}

/** `names` are those mentioned by the event; only they are marked, longest first. */
export function splitText(text: string, names: readonly string[], myName: string): TextPart[] {
  const wanted = [...new Set(names)].filter(Boolean).sort((one, other) => other.length - one.length);
  if (wanted.length === 0) return splitLinks(text);
  const pattern = new RegExp(`@(?:${wanted.map(escapePattern).join('|')})`, 'g');
  const parts: TextPart[] = [];
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > at) parts.push(...splitLinks(text.slice(at, match.index)));
    parts.push({ kind: 'mention', text: match[0], isMe: match[0].slice(1) === myName });
    at = match.index + match[0].length;
  }
  if (at < text.length) parts.push(...splitLinks(text.slice(at)));
  return parts;
}

/** The body without the quoted lines that Matrix clients put before a reply. */
export function bodyOf(content: Record<string, unknown>, isReply: boolean): string {
  const body = typeof content['body'] === 'string' ? content['body'] : '';
  if (!isReply || !body.startsWith('> ')) return body;
  const lines = body.split('\n');
  let index = 0;
  while (index < lines.length && lines[index]?.startsWith('>')) index += 1;
  return lines.slice(lines[index] === '' ? index + 1 : index).join('\n');
}

/** The id's local part, where no name is known. */
export function shortId(userId: string): string {
  return userId.replace(/^@/, '').replace(/:.*$/, '');
}
